"""Extism's SDK for Python, unmodified, on our libextism.so. Started by tests/capi/run."""

import gc
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import typing
import unittest
from pathlib import Path

import extism
from extism.extism import CompiledPlugin

GUESTS = Path(__file__).resolve().parent.parent / "guests"
TEXT = (GUESTS / "extism_text.wat").read_text()

# As the example of the Extism documents: counts calls by key in a store that the host keeps.
KV_STORE = """(module
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/user" "kv_read" (func $read (param i64) (result i64)))
  (import "extism:host/user" "kv_write" (func $write (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "add_one") (local $sum i64)
    (local.set $sum (call $read (call $input)))
    (call $write (call $input) (local.get $sum))
    (call $output_set (local.get $sum) (call $length (local.get $sum)))))"""

TYPES = """(module
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "shapes" "describe" (func $describe (param i64) (result i64)))
  (import "extism:host/user" "numbers" (func $numbers (param i32 i64 f32 f64) (result i32 i64)))
  (memory (export "memory") 1)
  (func (export "describe") (local $h i64)
    (local.set $h (call $describe (call $input)))
    (call $output_set (local.get $h) (call $length (local.get $h))))
  (func (export "numbers") (result i32)
    (call $numbers (i32.const -3) (i64.const -4) (f32.const 0.5) (f64.const -0.25))
    drop))"""

CONTEXT = """(module
  (import "extism:host/user" "note" (func $note))
  (memory (export "memory") 1)
  (func (export "note") (call $note)))"""

WASI = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")
  (data (i32.const 16) "hello\\n")
  (func (export "leave") (call $exit (i32.const 9)))
  (func (export "print") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"""

STORE = {}
NOTES = []


@extism.host_fn()
def kv_read(key: str) -> bytes:
    STORE[key] = STORE.get(key, 0) + 1
    return str(STORE[key]).encode()


@extism.host_fn()
def kv_write(key: str, value: bytes):
    STORE[key] = int(value)


@extism.host_fn(name="describe", namespace="shapes", user_data=b"a fine ")
def describe_shape(
    plugin: extism.CurrentPlugin, shape: typing.Annotated[dict, extism.Json], adjective
) -> typing.Annotated[dict, extism.Json]:
    return {"text": adjective.decode() + shape["name"], "corners": shape["corners"]}


@extism.host_fn(
    signature=(
        [extism.ValType.I32, extism.ValType.I64, extism.ValType.F32, extism.ValType.F64],
        [extism.ValType.I32, extism.ValType.I64],  # the SDK cannot give floating-point numbers
    )
)
def numbers(plugin, inputs, outputs, *user_data):
    NOTES.append([value.value for value in inputs])
    for given, result in zip(inputs, outputs):
        result.value = given.value


@extism.host_fn(signature=([], []))
def note(plugin, inputs, outputs, *user_data):
    NOTES.append(plugin.host_context())


def manifest(text, **more):
    return {"wasm": [{"data": text.encode()}], **more}


class PythonSdk(unittest.TestCase):
    def setUp(self):
        NOTES.clear()
        STORE.clear()

    def test_runs_on_our_library(self):
        maps = Path("/proc/self/maps").read_text()
        self.assertIn("libextism.so", maps)
        self.assertEqual(extism.extism_version(), "1.41.0")

    def test_calls_plugins_made_of_text_bytes_and_manifests(self):
        for source in (TEXT, TEXT.encode(), manifest(TEXT), json.dumps(
                {"wasm": [{"path": str(GUESTS / "extism_text.wat")}]})):
            with extism.Plugin(source, functions=[]) as plugin:
                self.assertEqual(plugin.call("count_vowels", "Hello, World!"), b"03")
                self.assertEqual(plugin.call("echo", b"\0\xff"), b"\0\xff")
                self.assertEqual(plugin.call("echo", ""), b"")

    def test_parses_outputs(self):
        with extism.Plugin(TEXT) as plugin:
            parsed = plugin.call("echo", '{"count": 3}', parse=lambda output: json.loads(bytes(output)))
        self.assertEqual(parsed, {"count": 3})

    def test_checks_hashes(self):
        good = hashlib.sha256(TEXT.encode()).hexdigest()
        extism.Plugin({"wasm": [{"data": TEXT.encode(), "hash": good}]})
        with self.assertRaisesRegex(extism.Error, "Unable to compile Extism plugin: .*hash mismatch"):
            extism.Plugin({"wasm": [{"data": TEXT.encode(), "hash": "0" * 64}]})

    def test_shares_compiled_plugins(self):
        compiled = CompiledPlugin(TEXT)
        plugins = [extism.Plugin(compiled) for _ in range(3)]
        self.assertEqual(len({plugin.id for plugin in plugins}), 3)
        self.assertEqual({plugin.id.version for plugin in plugins}, {4})
        plugins[0].call("remember", "mine")
        self.assertEqual(plugins[0].call("recall", ""), b"mine")
        self.assertEqual(plugins[1].call("recall", ""), b"")

    def test_knows_functions(self):
        with extism.Plugin(TEXT) as plugin:
            self.assertTrue(plugin.function_exists("echo"))
            self.assertFalse(plugin.function_exists("missing"))

    def test_keeps_variables(self):
        with extism.Plugin(TEXT) as plugin:
            plugin.call("remember", "first")
            self.assertEqual(plugin.call("recall", ""), b"first")
            plugin.call("forget", "")
            self.assertEqual(plugin.call("recall", ""), b"")

    def test_configures_plugins_from_manifest_and_argument(self):
        with extism.Plugin(manifest(TEXT, config={"a": "1", "b": "2", "c": "3"}),
                           config={"b": "two", "c": None, "d": "4"}) as plugin:
            self.assertEqual([plugin.call("config", key) for key in "abcd"], [b"1", b"two", b"", b"4"])

    def test_calls_host_functions(self):
        with extism.Plugin(KV_STORE) as plugin:
            self.assertEqual(plugin.call("add_one", "apples"), b"1")
            self.assertEqual(plugin.call("add_one", "apples"), b"2")
            self.assertEqual(plugin.call("add_one", "pears"), b"1")
        self.assertEqual(STORE, {"apples": 2, "pears": 1})

    def test_passes_json_namespaces_user_data_and_numbers_to_host_functions(self):
        with extism.Plugin(TYPES) as plugin:
            described = json.loads(plugin.call("describe", '{"name": "square", "corners": 4}'))
            self.assertEqual(described, {"text": "a fine square", "corners": 4})
            with self.assertRaisesRegex(extism.Error, "Error code: -3"):
                plugin.call("numbers", "")
        self.assertEqual(NOTES, [[-3, -4, 0.5, -0.25]])

    def test_hands_over_the_host_context(self):
        with extism.Plugin(CONTEXT) as plugin:
            plugin.call("note", "", host_context={"user": 7})
            plugin.call("note", "")
        self.assertEqual(NOTES, [{"user": 7}, None])

    def test_raises_the_guests_error(self):
        with extism.Plugin(TEXT) as plugin:
            for function in ("fail", "fail_with_zero", "fail_and_trap"):
                with self.subTest(function), self.assertRaises(extism.Error) as raised:
                    plugin.call(function, "no such colour")
                self.assertEqual(str(raised.exception), "no such colour")
            with self.assertRaisesRegex(extism.Error, "^Error code: 3$"):
                plugin.call("fail_silently", "")
            self.assertEqual(plugin.call("echo", "fine"), b"fine")

    def test_raises_what_happened_to_the_guest(self):
        with extism.Plugin(TEXT) as plugin:
            for function, text in (("trap", "unreachable"), ("missing", "no function `missing` is exported"),
                                   ("gives_i64", "-> i64")):
                with self.subTest(function), self.assertRaisesRegex(extism.Error, text):
                    plugin.call(function, "")
            plugin.call("echo", "fine")

    def test_raises_why_a_plugin_cannot_be_made(self):
        for source, text in (("nonsense", "TOML"), (b"\0asm\1\0\0", "Unable to compile"), ({"wasm": []}, "wasm"),
                             ('(module (import "extism:host/user" "absent" (func)))', "absent")):
            with self.subTest(text), self.assertRaisesRegex(extism.Error, text):
                extism.Plugin(source, functions=[])

    def test_stops_at_the_timeout(self):
        with extism.Plugin(manifest(TEXT, timeout_ms=50)) as plugin:
            with self.assertRaisesRegex(extism.Error, "timeout"):
                plugin.call("spin", "")
            self.assertEqual(plugin.call("echo", "fine"), b"fine")

    def test_cancels_from_another_thread(self):
        # cffi lets other threads run during a call.
        with extism.Plugin(TEXT) as plugin:
            handle, done = plugin.cancel_handle(), threading.Event()

            def cancel():
                while not done.wait(0.001):
                    self.assertTrue(handle.cancel())

            canceller = threading.Thread(target=cancel, daemon=True)
            canceller.start()
            with self.assertRaisesRegex(extism.Error, "timeout.*cancelled"):
                plugin.call("spin", "")
            done.set()
            canceller.join()
            self.assertEqual(plugin.call("echo", "fine"), b"fine")

    def test_runs_plugins_in_threads(self):
        compiled, counts = CompiledPlugin(TEXT), []

        def count():
            with extism.Plugin(compiled) as plugin:
                counts.append(sum(plugin.call("count_vowels", "aeiou") == b"05" for _ in range(200)))

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(counts, [200] * 4)

    def test_runs_wasi_guests(self):
        with self.assertRaisesRegex(extism.Error, "wasi_snapshot_preview1"):
            extism.Plugin(WASI, functions=[])
        with extism.Plugin(WASI, wasi=True) as plugin:
            with self.assertRaisesRegex(extism.Error, "exited with status 9"):
                plugin.call("leave", "")
            plugin.call("print", "")

    def test_shows_what_wasi_guests_print_when_the_environment_says_so(self):
        script = f"import extism; extism.Plugin({WASI!r}, wasi=True).call('print', '')"
        for variables, printed in (({}, ""), ({"EXTISM_ENABLE_WASI_OUTPUT": "1"}, "hello\n")):
            ended = subprocess.run([sys.executable, "-c", script], env={**os.environ, **variables},
                                   capture_output=True, text=True, check=True)
            self.assertEqual(ended.stdout, printed)

    def test_logs_to_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            script = (f"import extism; extism.set_log_file({folder + '/log'!r}, 'debug'); "
                      f"extism.Plugin({TEXT!r}).call('log', 'hello')")
            subprocess.run([sys.executable, "-c", script], check=True)
            lines = Path(folder, "log").read_text().splitlines()
        self.assertEqual([line.split()[1] for line in lines], ["DEBUG", "INFO", "ERROR"])

    def test_logs_to_a_function(self):
        script = (f"import extism; log = extism.set_log_custom(lambda line: print(line, end=''), 'warn'); "
                  f"extism.Plugin({TEXT!r}).call('log', 'hello'); log.drain()")
        ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        self.assertRegex(ended.stdout, r'^\S+Z ERROR extism::pdk: hello plugin="[0-9a-f-]{36}"\n$')

    def test_frees_what_it_makes(self):
        for _ in range(50):
            with extism.Plugin(KV_STORE) as plugin:
                plugin.call("add_one", "apples")
        gc.collect()


if __name__ == "__main__":
    unittest.main()
