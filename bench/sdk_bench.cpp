// What the plug-in SDK costs: calls, new plug-ins, pools. Each case is timed in rounds; median and
// 99th percentile of the rounds are printed, as text or with --json as one object.
#include <sluice/plugin.hpp>
#include <sluice/plugin_pool.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace sluice;

struct Figures {
    std::string name;
    double median_ns = 0;
    double p99_ns = 0;
};

std::string guest_text() {
    std::ifstream file(SLUICE_BENCH_GUESTS "/extism.wat");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

Manifest manifest() {
    static const std::string text = guest_text();
    return Manifest::bytes(as_bytes(text), "bench");
}

/// Rounds of `batch` runs each: short work is timed in batches, as the clock itself costs time.
Figures measure(std::string name, std::size_t batch, std::chrono::milliseconds time,
                const std::function<void()>& work) {
    for (std::size_t i = 0; i < batch; ++i) work();
    std::vector<double> rounds;
    const auto end = Clock::now() + time;
    while (Clock::now() < end || rounds.size() < 100) {
        const auto begin = Clock::now();
        for (std::size_t i = 0; i < batch; ++i) work();
        const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
        rounds.push_back(taken.count() / static_cast<double>(batch));
    }
    std::ranges::sort(rounds);
    return {std::move(name), rounds[rounds.size() / 2], rounds[rounds.size() * 99 / 100]};
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

double resident_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

class Bench {
  public:
    explicit Bench(std::chrono::milliseconds time) : time_(time) {}

    void add(std::string name, std::size_t batch, const std::function<void()>& work) {
        figures_.push_back(measure(std::move(name), batch, time_, work));
        const Figures& last = figures_.back();
        std::cerr << fmt::format("{:<34} {:>12.1f} ns   p99 {:>12.1f} ns\n", last.name,
                                 last.median_ns, last.p99_ns);
    }
    void tell(std::string name, double value) {
        std::cerr << fmt::format("{:<34} {:>12.2f}\n", name, value);
        told_.emplace_back(std::move(name), value);
    }
    std::string json() const {
        boost::json::object object;
        for (const Figures& each : figures_)
            object[each.name] = {{"median_ns", each.median_ns}, {"p99_ns", each.p99_ns}};
        for (const auto& [name, value] : told_) object[name] = value;
        return boost::json::serialize(object);
    }

  private:
    std::chrono::milliseconds time_;
    std::vector<Figures> figures_{};
    std::vector<std::pair<std::string, double>> told_{};
};

void calls(Bench& bench, const Runtime& runtime, bool fusion) {
    const CompiledPlugin compiled(runtime, manifest(), {.fusion = fusion});
    const std::string suffix = fusion ? "" : ", unfused";
    Plugin plugin(compiled);
    bench.add("call nothing" + suffix, 1000, [&] { plugin.call("nothing"); });
    for (const auto& [label, size, batch] :
         {std::tuple("64 B", 64, 500), {"1 KiB", 1 << 10, 200}, {"64 KiB", 64 << 10, 10}}) {
        const Bytes input(static_cast<std::size_t>(size), std::byte{'e'});
        bench.add(fmt::format("echo {}{}", label, suffix), static_cast<std::size_t>(batch),
                  [&] { plugin.call("echo", input); });
    }
    const Bytes text(64 << 10, std::byte{'e'});
    bench.add("count_vowels 64 KiB" + suffix, 10, [&] { plugin.call("count_vowels", text); });
    bench.add("create and free" + suffix, 10, [&] { const Plugin one(compiled); });
    bench.add("create, call and free" + suffix, 10, [&] {
        Plugin one(compiled);
        one.call("nothing");
    });
}

void creation(Bench& bench) {
    const Folder folder;
    const Runtime runtime({.image_cache = folder.path() / "images"});
    const CompiledPlugin compiled(runtime, manifest());
    bench.add("new from bytes, warm cache", 10,
              [&] { const Plugin one{CompiledPlugin(runtime, manifest())}; });
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
    for (const std::size_t threads : {1U, 2U, 16U})
        bench.tell(fmt::format("pool: million calls/s, {} threads", threads),
                   calls_a_second(threads));
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
    bool json = false;
    std::chrono::milliseconds time(500);
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--json") {
            json = true;
        } else if (argument == "--quick") {
            time = std::chrono::milliseconds(100);
        } else {
            std::cerr << "usage: sdk_bench [--quick] [--json]\n";
            return 2;
        }
    }
    Bench bench(time);
    const Runtime runtime;
    memory(bench, runtime);  // first: what others leave in the heap would count
    calls(bench, runtime, true);
    calls(bench, runtime, false);
    creation(bench);
    pools(bench, runtime);
    if (json) std::cout << bench.json() << '\n';
}
