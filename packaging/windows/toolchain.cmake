# CMake toolchain: 64-bit Windows from Debian, with MinGW-w64's GCC and C++11 threads.
#
#   export TRIBUTARY_WINDOWS_SYSROOT="$(packaging/windows/sysroot.sh)"
#   cmake --preset windows
#
# Programs and DLLs are linked statically: they need nothing but DLLs that are part of Windows. Tests run under Wine.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# By name, because Debian's plain x86_64-w64-mingw32-g++ may be the one without std::thread.
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

# The sysroot comes from the environment once and is then remembered, so that a later re-configure (by ninja, by an
# editor) needs no environment. What CMake found in one sysroot is cached, hence no change of sysroot in one build folder.
set(_environment "$ENV{TRIBUTARY_WINDOWS_SYSROOT}")
if(_environment AND TRIBUTARY_WINDOWS_SYSROOT AND NOT _environment STREQUAL TRIBUTARY_WINDOWS_SYSROOT)
  message(FATAL_ERROR "This build folder was configured with the Windows sysroot ${TRIBUTARY_WINDOWS_SYSROOT}, "
    "but TRIBUTARY_WINDOWS_SYSROOT is now ${_environment}. Configure afresh: cmake --fresh --preset windows")
endif()
set(TRIBUTARY_WINDOWS_SYSROOT "${_environment}" CACHE PATH "Libraries for Windows, as built by packaging/windows/sysroot.sh")
if(NOT EXISTS "${TRIBUTARY_WINDOWS_SYSROOT}/SOURCES")
  message(FATAL_ERROR "No Windows sysroot at \"${TRIBUTARY_WINDOWS_SYSROOT}\". Build it (about 8 minutes, once) and name it:\n"
    "  export TRIBUTARY_WINDOWS_SYSROOT=\"$(packaging/windows/sysroot.sh)\"\nthen configure with cmake --fresh")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TRIBUTARY_WINDOWS_SYSROOT)

# Libraries, headers and packages only from the sysroot, never the host's; programs only from the host.
set(CMAKE_FIND_ROOT_PATH "${TRIBUTARY_WINDOWS_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# As /usr/include and /usr/lib on the host: there without being asked for, and system headers to the compiler's warnings.
set(CMAKE_C_STANDARD_INCLUDE_DIRECTORIES "${TRIBUTARY_WINDOWS_SYSROOT}/include")
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES "${TRIBUTARY_WINDOWS_SYSROOT}/include")
link_directories("${TRIBUTARY_WINDOWS_SYSROOT}/lib")

# The sysroot's libraries are built with the same definitions: some of their headers differ by them.
add_compile_definitions(
  _WIN32_WINNT=0x0A00   # Windows 10 and Windows Server 2016 on
  WIN32_LEAN_AND_MEAN   # else windows.h brings the old winsock.h, which clashes with winsock2.h
  NOMINMAX              # else windows.h's min and max break std::min and std::max
  UNICODE _UNICODE      # a Win32 function named without W or A is the W one
  POCO_STATIC
  UTF8PROC_STATIC
  XML_STATIC)

set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "-static")
# Makes FindOpenSSL add the Windows libraries that a static OpenSSL needs.
set(OPENSSL_USE_STATIC_LIBS ON)

set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/wine-run.sh")
