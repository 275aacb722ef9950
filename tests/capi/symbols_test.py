#!/usr/bin/env python3
"""Fails unless a library exports Extism's functions and nothing else. Usage: symbols_test.py NM LIBRARY"""
import subprocess
import sys

EXPECTED = set("""
extism_compiled_plugin_free extism_compiled_plugin_new extism_compiled_plugin_new_with_fuel_limit
extism_current_plugin_host_context extism_current_plugin_memory extism_current_plugin_memory_alloc
extism_current_plugin_memory_free extism_current_plugin_memory_length extism_error extism_function_free
extism_function_new extism_function_set_namespace extism_log_custom extism_log_drain extism_log_file
extism_plugin_allow_http_response_headers extism_plugin_call extism_plugin_call_with_host_context
extism_plugin_cancel extism_plugin_cancel_handle extism_plugin_config extism_plugin_error extism_plugin_free
extism_plugin_function_exists extism_plugin_id extism_plugin_new extism_plugin_new_error_free
extism_plugin_new_from_compiled extism_plugin_new_with_fuel_limit extism_plugin_output_data
extism_plugin_output_length extism_plugin_reset extism_version
""".split())

lines = subprocess.run([sys.argv[1], "-D", "--defined-only", sys.argv[2]], capture_output=True, text=True, check=True)
exported = {line.split()[-1] for line in lines.stdout.splitlines()}
for name in sorted(EXPECTED - exported):
    print(f"{name} is missing")
for name in sorted(exported - EXPECTED):
    print(f"{name} must not be visible")
print(f"{len(exported)} functions")
sys.exit(exported != EXPECTED)
