// Extism's SDK for Java, unmodified, on our libextism.so. Started by tests/capi/run_java.

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.extism.sdk.Extism;
import org.extism.sdk.ExtismException;
import org.extism.sdk.HostFunction;
import org.extism.sdk.HostUserData;
import org.extism.sdk.LibExtism;
import org.extism.sdk.LibExtism.ExtismValType;
import org.extism.sdk.Plugin;
import org.extism.sdk.manifest.Manifest;
import org.extism.sdk.manifest.MemoryOptions;
import org.extism.sdk.wasm.WasmSourceResolver;

class JavaSdkTest {
    static final Path GUEST = Path.of(System.getProperty("guests"), "extism_text.wat");
    static final HostFunction<?>[] NO_FUNCTIONS = {};

    // As the example of the Extism documents: asks its host, and gives what it was told.
    static final String ASKER = """
        (module
          (import "extism:host/env" "input_offset" (func $input (result i64)))
          (import "extism:host/env" "length" (func $length (param i64) (result i64)))
          (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
          (import "NAMESPACE" "ask" (func $ask (param i64) (result i64)))
          (memory (export "memory") 1)
          (func (export "ask") (local $h i64)
            (local.set $h (call $ask (call $input)))
            (call $output_set (local.get $h) (call $length (local.get $h)))))""";

    static final String NUMBERS = """
        (module
          (import "extism:host/user" "twice" (func $twice (param i32 i64 f32 f64) (result i32)))
          (memory (export "memory") 1)
          (func (export "run") (result i32)
            (i32.sub (call $twice (i32.const 21) (i64.const -4) (f32.const 0.5) (f64.const -0.25))
              (i32.const 42))))""";

    interface Check {
        void run() throws Exception;
    }

    static void equal(Object expected, Object found) {
        if (!expected.equals(found)) throw new AssertionError("expected " + expected + ", found " + found);
    }

    static void fails(String text, Check check) throws Exception {
        try {
            check.run();
        } catch (ExtismException failure) {
            String message = String.valueOf(failure.getMessage());
            if (!message.contains(text))
                throw new AssertionError("expected a failure with \"" + text + "\", found: " + message);
            return;
        }
        throw new AssertionError("expected a failure with \"" + text + "\", found none");
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Manifest guest() {
        return new Manifest(new WasmSourceResolver().resolve(GUEST));
    }

    static HostFunction<HostUserData> asker() {
        ExtismValType[] pointer = {ExtismValType.I64};
        return new HostFunction<>("ask", pointer, pointer, (plugin, inputs, outputs, data) -> {
            plugin.returnString(outputs[0], "asked " + plugin.inputString(inputs[0]));
        }, Optional.empty());
    }

    static void runsOnOurLibrary() throws Exception {
        equal("1.41.0", LibExtism.INSTANCE.extism_version());
        String expected = Path.of(System.getProperty("jna.library.path"), "libextism.so").toRealPath().toString();
        if (!Files.readString(Path.of("/proc/self/maps")).contains(expected))
            throw new AssertionError(expected + " is not loaded");
    }

    static void callsPluginsMadeOfPathsAndBytes() throws Exception {
        equal("03", Extism.invokeFunction(guest(), "count_vowels", "Hello, World!"));
        byte[] text = Files.readAllBytes(GUEST);
        try (Plugin plugin = new Plugin(text, false, NO_FUNCTIONS)) {
            byte[] all = new byte[256];
            for (int i = 0; i < all.length; ++i) all[i] = (byte) i;
            equal(true, Arrays.equals(all, plugin.call("echo", all)));
            equal("", plugin.call("echo", ""));
        }
        Manifest inside = new Manifest(new WasmSourceResolver().resolve("main", text));
        equal("inside", Extism.invokeFunction(inside, "echo", "inside"));
    }

    static void keepsVariablesBetweenCalls() {
        try (Plugin plugin = new Plugin(guest(), false, NO_FUNCTIONS);
                Plugin other = new Plugin(guest(), false, NO_FUNCTIONS)) {
            plugin.call("remember", "mine");
            equal("mine", plugin.call("recall", ""));
            equal("", other.call("recall", ""));
        }
    }

    static void configuresPlugins() {
        Manifest manifest =
                new Manifest(guest().getSources(), new MemoryOptions(100, 1000), Map.of("a", "1", "b", "2"));
        try (Plugin plugin = new Plugin(manifest, false, NO_FUNCTIONS)) {
            equal(true, plugin.updateConfig("{\"b\": \"two\"}"));
            equal("1", plugin.call("config", "a"));
            equal("two", plugin.call("config", "b"));
            equal(false, plugin.updateConfig("nonsense"));
        }
    }

    static void callsHostFunctions() {
        for (String namespace : List.of("extism:host/user", "questions")) {
            byte[] wasm = bytes(ASKER.replace("NAMESPACE", namespace));
            HostFunction<?>[] functions = {asker().withNamespace(namespace)};
            try (Plugin plugin = new Plugin(wasm, false, functions)) {
                for (int i = 0; i < 100; ++i) equal("asked twice", plugin.call("ask", "twice"));
            }
        }
    }

    static void passesNumbersToHostFunctions() {
        ExtismValType[] inputs = {ExtismValType.I32, ExtismValType.I64, ExtismValType.F32, ExtismValType.F64};
        ExtismValType[] outputs = {ExtismValType.I32};
        StringBuilder seen = new StringBuilder();
        HostFunction<?>[] functions = {new HostFunction<>("twice", inputs, outputs, (plugin, in, out, data) -> {
            seen.append(in[0].v.i32 + " " + in[1].v.i64 + " " + in[2].v.f32 + " " + in[3].v.f64);
            out[0].v.i32 = 2 * in[0].v.i32;
        }, Optional.empty())};
        try (Plugin plugin = new Plugin(bytes(NUMBERS), false, functions)) {
            plugin.call("run", "");
        }
        equal("21 -4 0.5 -0.25", seen.toString());
    }

    static void throwsTheGuestsError() throws Exception {
        try (Plugin plugin = new Plugin(guest(), false, NO_FUNCTIONS)) {
            fails("no such colour", () -> plugin.call("fail", "no such colour"));
            fails("unreachable", () -> plugin.call("trap", ""));
            fails("no function `missing` is exported", () -> plugin.call("missing", ""));
            equal("fine", plugin.call("echo", "fine"));
        }
    }

    static void throwsWhyAPluginCannotBeMade() throws Exception {
        fails("TOML", () -> new Plugin(bytes("nonsense"), false, NO_FUNCTIONS));
        fails("extism:host/user", () -> new Plugin(bytes(ASKER.replace("NAMESPACE", "extism:host/user")), false,
                NO_FUNCTIONS));
        fails("hash mismatch", () -> new Plugin(new Manifest(new org.extism.sdk.wasm.PathWasmSource("main",
                GUEST.toString(), "0".repeat(64))), false, NO_FUNCTIONS));
    }

    static void stopsAtTheFuelLimit() throws Exception {
        try (Plugin plugin = new Plugin(guest(), false, NO_FUNCTIONS, 1_000_000)) {
            fails("plugin ran out of fuel", () -> plugin.call("spin", ""));
            equal("fine", plugin.call("echo", "fine"));
        }
    }

    static void runsPluginsInThreads() throws Exception {
        Callable<Integer> count = () -> {
            try (Plugin plugin = new Plugin(guest(), false, NO_FUNCTIONS)) {
                return (int) IntStream.range(0, 200).filter(i -> plugin.call("count_vowels", "aeiou").equals("05"))
                        .count();
            }
        };
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (Future<Integer> each : threads.invokeAll(List.of(count, count, count, count))) equal(200, each.get());
        threads.shutdown();
    }

    // Guests trap by signals, and so does the virtual machine for its own null pointers.
    static void leavesTheVirtualMachinesSignalsAlone() throws Exception {
        try (Plugin plugin = new Plugin(guest(), false, NO_FUNCTIONS)) {
            for (int i = 0; i < 100; ++i) {
                fails("unreachable", () -> plugin.call("trap", ""));
                String nothing = i < 1000 ? null : "";
                try {
                    throw new AssertionError("null has " + nothing.length() + " characters");
                } catch (NullPointerException expected) {
                    equal("fine", plugin.call("echo", "fine"));
                }
            }
        }
    }

    static void check(String name, Check check) throws Exception {
        check.run();
        System.out.println("ok " + name);
    }

    public static void main(String[] arguments) throws Exception {
        check("runs on our library", JavaSdkTest::runsOnOurLibrary);
        check("calls plug-ins made of paths and bytes", JavaSdkTest::callsPluginsMadeOfPathsAndBytes);
        check("keeps variables between calls", JavaSdkTest::keepsVariablesBetweenCalls);
        check("configures plug-ins", JavaSdkTest::configuresPlugins);
        check("calls host functions", JavaSdkTest::callsHostFunctions);
        check("passes numbers to host functions", JavaSdkTest::passesNumbersToHostFunctions);
        check("throws the guest's error", JavaSdkTest::throwsTheGuestsError);
        check("throws why a plug-in cannot be made", JavaSdkTest::throwsWhyAPluginCannotBeMade);
        check("stops at the fuel limit", JavaSdkTest::stopsAtTheFuelLimit);
        check("runs plug-ins in threads", JavaSdkTest::runsPluginsInThreads);
        check("leaves the virtual machine's signals alone", JavaSdkTest::leavesTheVirtualMachinesSignalsAlone);
    }
}
