// What calls and plug-ins cost through libextism's C interface. Loads the library that it is told
// to, so that one program drives the original and ours.
#include "timing.hpp"

#include <extism.h>

#include <dlfcn.h>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice::bench;

/// The functions that are used, by their names in the library.
struct Library {
    explicit Library(const std::string& file)
        : handle(::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (handle == nullptr) throw std::runtime_error(::dlerror());
        find(compiled_new, "extism_compiled_plugin_new");
        find(compiled_free, "extism_compiled_plugin_free");
        find(new_from_compiled, "extism_plugin_new_from_compiled");
        find(plugin_new, "extism_plugin_new");
        find(plugin_free, "extism_plugin_free");
        find(call, "extism_plugin_call");
        find(output_length, "extism_plugin_output_length");
        find(output_data, "extism_plugin_output_data");
        find(error, "extism_plugin_error");
        find(version, "extism_version");
    }

    decltype(&extism_compiled_plugin_new) compiled_new{};
    decltype(&extism_compiled_plugin_free) compiled_free{};
    decltype(&extism_plugin_new_from_compiled) new_from_compiled{};
    decltype(&extism_plugin_new) plugin_new{};
    decltype(&extism_plugin_free) plugin_free{};
    decltype(&extism_plugin_call) call{};
    decltype(&extism_plugin_output_length) output_length{};
    decltype(&extism_plugin_output_data) output_data{};
    decltype(&extism_plugin_error) error{};
    decltype(&extism_version) version{};

  private:
    template <class Function>
    void find(Function& function, const char* name) const {
        function = reinterpret_cast<Function>(::dlsym(handle, name));
        if (function == nullptr) throw std::runtime_error(::dlerror());
    }

    void* handle;  // never closed: the library has threads
};

class Driver {
  public:
    Driver(const std::string& library, const std::string& wasm) : library_(library) {
        std::ifstream file(wasm, std::ios::binary);
        wasm_.assign(std::istreambuf_iterator<char>(file), {});
        if (wasm_.empty()) throw std::runtime_error("cannot read " + wasm);
    }

    using Plugin = std::unique_ptr<ExtismPlugin, decltype(&extism_plugin_free)>;
    using Compiled = std::unique_ptr<ExtismCompiledPlugin, decltype(&extism_compiled_plugin_free)>;

    Compiled compile() const {
        Compiled made(library_.compiled_new(bytes(), wasm_.size(), nullptr, 0, false, nullptr),
                      library_.compiled_free);
        if (!made) throw std::runtime_error("the guest does not compile");
        return made;
    }
    Plugin plugin(const Compiled& compiled) const {
        return made(library_.new_from_compiled(compiled.get(), nullptr));
    }
    Plugin plugin_of_bytes() const {
        return made(library_.plugin_new(bytes(), wasm_.size(), nullptr, 0, false, nullptr));
    }

    /// A call as every program makes it: with a look at its output.
    std::size_t call(const Plugin& plugin, const char* function, std::string_view input) const {
        if (library_.call(plugin.get(), function,
                          reinterpret_cast<const std::uint8_t*>(input.data()), input.size()) != 0)
            throw std::runtime_error(library_.error(plugin.get()));
        const std::size_t size = library_.output_length(plugin.get());
        return size == 0 ? 0 : size + library_.output_data(plugin.get())[size - 1];
    }

    const Library& library() const noexcept { return library_; }

  private:
    const std::uint8_t* bytes() const {
        return reinterpret_cast<const std::uint8_t*>(wasm_.data());
    }
    Plugin made(ExtismPlugin* raw) const {
        if (raw == nullptr) throw std::runtime_error("no plug-in is made");
        return {raw, library_.plugin_free};
    }

    Library library_;
    std::string wasm_;
};

void memory(Bench& bench, const Driver& driver) {
    const auto compiled = driver.compile();
    driver.call(driver.plugin(compiled), "nothing", {});
    const double before = resident_mb();
    std::vector<Driver::Plugin> plugins;
    for (int i = 0; i < 1000; ++i) plugins.push_back(driver.plugin(compiled));
    bench.tell("MB of 1,000 plug-ins, uncalled", resident_mb() - before);
    for (const auto& each : plugins) driver.call(each, "count_vowels", "Hello, World!");
    bench.tell("MB of 1,000 plug-ins, called once", resident_mb() - before);
}

void calls(Bench& bench, const Driver& driver) {
    const auto compiled = driver.compile();
    const auto plugin = driver.plugin(compiled);
    const auto add = [&](const char* name, std::size_t batch, const char* function,
                         std::size_t size) {
        const std::string input(size, 'e');
        bench.add(name, batch, [&] { driver.call(plugin, function, input); });
    };
    add("call nothing", Batch::nothing, "nothing", 0);
    add("echo 64 B", Batch::bytes_64, "echo", 64);
    add("echo 1 KiB", Batch::kib_1, "echo", 1 << 10);
    add("echo 64 KiB", Batch::kib_64, "echo", 64 << 10);
    add("count_vowels 64 KiB", Batch::kib_64, "count_vowels", 64 << 10);
    bench.add("create and free", Batch::creation, [&] { driver.plugin(compiled); });
    bench.add("create, call and free", Batch::creation,
              [&] { driver.call(driver.plugin(compiled), "nothing", {}); });
    bench.add("new from bytes, warm cache", Batch::creation, [&] { driver.plugin_of_bytes(); });
}

}  // namespace

int main(int count, char** arguments) {
    std::string library;
    std::string wasm;
    int ms = 300;
    std::string only;
    CLI::App app("Times calls and plug-ins through a libextism.so; prints JSON");
    app.add_option("--library", library, "the libextism.so to load")->required();
    app.add_option("--wasm", wasm, "the guest, made of bench/guests/extism.wat")->required();
    app.add_option("--ms", ms, "how long each case runs");
    app.add_option("--case", only, "the one case to run, for a look with a profiler");
    CLI11_PARSE(app, count, arguments);
    try {
        const Driver driver(library, wasm);
        Bench bench(std::chrono::milliseconds(ms), only);
        if (bench.wants("memory"))
            memory(bench, driver);  // first: what others leave in the heap would count
        calls(bench, driver);
        std::cout << bench.json() << '\n';
    } catch (const std::exception& fault) {
        std::cerr << "libextism_bench: " << library << ": " << fault.what() << '\n';
        return 1;
    }
}
