/* A shared library that is no plugin. */
int tributary_not_a_plugin(void);
int tributary_not_a_plugin(void) {
    return 0;
}
