// What the plug-in SDK costs: calls, new plug-ins, pools. Each case is timed in rounds; median and
// 99th percentile of the rounds are printed, as text or with --json as one object.
#include "timing.hpp"
#include "wasm/merged_library.hpp"

#include <sluice/plugin.hpp>
#include <sluice/plugin_pool.hpp>

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <thread>
#include <tuple>

namespace {

using Clock = std::chrono::steady_clock;
using namespace sluice;
using namespace sluice::bench;

/// Binary, as the peers need it.
Bytes guest() {
    std::ifstream file(SLUICE_BENCH_GUESTS "/extism.wat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return wasm::to_binary("extism.wat", as_bytes(text));
}

Manifest manifest() {
    static const Bytes wasm = guest();
    return Manifest::bytes(wasm, "bench");
}

/// A folder that is gone when the program ends.
class Folder {
  public:
    Folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "sluice-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

void calls(Bench& bench, const Runtime& runtime, bool fusion) {
    const CompiledPlugin compiled(runtime, manifest(), {.fusion = fusion});
    const std::string suffix = fusion ? "" : ", unfused";
    Plugin plugin(compiled);
    bench.add("call nothing" + suffix, Batch::nothing, [&] { plugin.call("nothing"); });
    for (const auto& [label, size, batch] : {std::tuple("64 B", 64, Batch::bytes_64),
                                             {"1 KiB", 1 << 10, Batch::kib_1},
                                             {"64 KiB", 64 << 10, Batch::kib_64}}) {
        const Bytes input(static_cast<std::size_t>(size), std::byte{'e'});
        bench.add(fmt::format("echo {}{}", label, suffix), batch,
                  [&] { plugin.call("echo", input); });
    }
    const Bytes text(64 << 10, std::byte{'e'});
    bench.add("count_vowels 64 KiB" + suffix, Batch::kib_64,
              [&] { plugin.call("count_vowels", text); });
    bench.add("create and free" + suffix, Batch::creation, [&] { const Plugin one(compiled); });
    bench.add("create, call and free" + suffix, Batch::creation, [&] {
        Plugin one(compiled);
        one.call("nothing");
    });
}

void creation(Bench& bench) {
    const Folder folder;
    const Runtime runtime({.image_cache = folder.path() / "images"});
    const auto make = [&](Manifest manifest) {
        const Plugin one{CompiledPlugin(runtime, std::move(manifest))};
    };
    bench.add("new from bytes, warm cache", Batch::creation, [&] { make(manifest()); });
    // What was made under another name is not found in the process, but its code is on disk.
    unsigned count = 0;
    const Bytes wasm = guest();
    bench.add("new from bytes, code from disk", Batch::creation,
              [&] { make(Manifest::bytes(wasm, fmt::format("bench-{}", ++count))); });
}

void pools(Bench& bench, const Runtime& runtime) {
    const CompiledPlugin compiled(runtime, manifest());
    PluginPool pool(compiled, 16);
    bench.add("pool: take and give back", 1000, [&] { pool.take(); });
    const auto calls_a_second = [&](std::size_t threads) {
        constexpr std::size_t rounds = 100'000;
        const auto begin = Clock::now();
        {
            std::vector<std::jthread> running;
            for (std::size_t i = 0; i < threads; ++i)
                running.emplace_back([&] {
                    for (std::size_t n = 0; n < rounds; ++n) pool.take()->call("nothing");
                });
        }
        const std::chrono::duration<double> taken = Clock::now() - begin;
        return static_cast<double>(threads * rounds) / taken.count() / 1e6;
    };
    for (const std::size_t threads : {1U, 2U, 16U}) {
        const std::string name = fmt::format("pool: million calls/s, {} threads", threads);
        if (bench.wants(name)) bench.tell(name, calls_a_second(threads));
    }
}

void memory(Bench& bench, const Runtime& runtime) {
    const CompiledPlugin compiled(runtime, manifest());
    {
        Plugin(compiled).call("nothing");
    }
    const double before = resident_mb();
    std::vector<Plugin> plugins;
    for (int i = 0; i < 1000; ++i) plugins.emplace_back(compiled);
    bench.tell("MB of 1,000 plug-ins, uncalled", resident_mb() - before);
    const std::string text = "Hello, World!";
    for (Plugin& each : plugins) each.call("count_vowels", as_bytes(text));
    bench.tell("MB of 1,000 plug-ins, called once", resident_mb() - before);
}

}  // namespace

int main(int count, char** arguments) {
    int ms = 300;
    std::string only;
    std::string guest_file;
    CLI::App app("Times calls and plug-ins of the C++ SDK; prints JSON");
    app.add_option("--ms", ms, "how long each case runs");
    app.add_option("--case", only, "the one case to run, for a look with a profiler");
    app.add_option("--write-guest", guest_file, "only writes the guest as binary to this file");
    CLI11_PARSE(app, count, arguments);
    if (!guest_file.empty()) {
        const Bytes wasm = guest();
        std::ofstream file(guest_file, std::ios::binary);
        file << as_text(wasm) << std::flush;
        return file ? 0 : 1;
    }
    Bench bench(std::chrono::milliseconds(ms), only);
    const Runtime runtime;
    if (bench.wants("memory"))
        memory(bench, runtime);  // first: what others leave in the heap would count
    calls(bench, runtime, true);
    calls(bench, runtime, false);
    creation(bench);
    pools(bench, runtime);
    std::cout << bench.json() << '\n';
}
