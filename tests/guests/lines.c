/* Traps on a line that its debug information names: divides by the length of its input. */
__attribute__((import_module("extism:host/env"), import_name("input_length"))) unsigned long long
input_length(void);

__attribute__((noinline)) static int divide(int dividend, int divisor) {
    return dividend / divisor;
}

__attribute__((export_name("divide"))) int call_divide(void) {
    return divide(7, (int)input_length()) - 1;
}
