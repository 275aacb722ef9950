/* A program of somebody who uses Extism's C interface. */
#include <extism.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    static const char manifest[] = "{\"wasm\": [{\"path\": \"count_vowels.wasm\"}]}";
    static const char input[] = "Hello, World!";
    char* error = NULL;
    ExtismPlugin* plugin =
        extism_plugin_new((const uint8_t*)manifest, strlen(manifest), NULL, 0, false, &error);
    if (plugin == NULL) {
        fprintf(stderr, "%s\n", error);
        extism_plugin_new_error_free(error);
        return 1;
    }
    const int32_t status =
        extism_plugin_call(plugin, "count_vowels", (const uint8_t*)input, strlen(input));
    if (status == 0)
        printf("%.*s\n", (int)extism_plugin_output_length(plugin),
               (const char*)extism_plugin_output_data(plugin));
    extism_plugin_free(plugin);
    return status;
}
