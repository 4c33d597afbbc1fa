# Runs the compiler over SOURCE. Without CAUSE it must succeed; with CAUSE it must fail and say something that CAUSE, a regular expression, matches.
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${COMPILER} -std=c++20 -fsyntax-only -I${ROOT} ${SOURCE}
  RESULT_VARIABLE RESULT ERROR_VARIABLE MESSAGES)
message("${MESSAGES}")
if(NOT DEFINED CAUSE)
  if(NOT RESULT EQUAL 0)
    message(FATAL_ERROR "${SOURCE} must compile")
  endif()
elseif(RESULT EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, and must not")
elseif(NOT MESSAGES MATCHES "${CAUSE}")
  message(FATAL_ERROR "${SOURCE} fails to compile, but not because of: ${CAUSE}")
endif()
