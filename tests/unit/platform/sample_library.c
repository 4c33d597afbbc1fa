/* What shared_library_tests.cc loads. */
#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

EXPORTED int sample_answer(void);
int sample_answer(void) {
    return 42;
}
