#include <sluice/manifest.hpp>

#include "base/base64.hpp"
#include "base/json_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace sluice {
namespace {

constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

bool is_digest(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

/// Reads one manifest; what is wrong is noted in its document.
/// Source: Extism's manifest schema, `extism_manifest`.
class ManifestText {
  public:
    ManifestText(const ManifestRules& rules, Manifest& manifest)
        : rules_(rules), manifest_(manifest) {}

    void read(JsonReader root) {
        bool any = false;
        root.each("wasm", [&](JsonReader entry) {
            any = true;
            read_module(std::move(entry));
        });
        if (root.has_value("wasm") && !any) root.refuse("wasm", "must have at least one module");
        if (!root.has_value("wasm")) root.refuse("wasm", "is missing: it lists the modules");
        if (root.has_value("memory")) read_memory(root.object("memory"));
        if (root.has_value("config"))
            for (auto& [key, value] : root.text_map("config"))
                manifest_.config.insert_or_assign(std::move(key), std::move(value));
        if (root.has_value("allowed_hosts")) manifest_.allowed_hosts = root.texts("allowed_hosts");
        if (root.has_value("allowed_paths"))
            for (auto& [host, guest] : root.text_map("allowed_paths"))
                manifest_.allowed_paths.insert_or_assign(std::move(host), std::move(guest));
        if (root.has_value("timeout_ms"))
            manifest_.timeout = std::chrono::milliseconds(root.whole("timeout_ms", 0, 0, no_end));
        finish(root);
    }

  private:
    void finish(JsonReader& reader) const {
        if (!rules_.ignore_unknown_keys) reader.finish();
    }

    void read_memory(std::optional<JsonReader> memory) {
        if (!memory) return;
        MemoryLimits& limits = manifest_.memory;
        if (memory->has_value("max_pages"))
            limits.max_pages = static_cast<std::uint32_t>(
                memory->whole("max_pages", 0, 0, std::numeric_limits<std::uint32_t>::max()));
        const auto bytes = [&](std::string_view key, std::uint64_t& limit) {
            if (memory->has_value(key))
                limit = static_cast<std::uint64_t>(memory->whole(key, 0, 0, no_end));
        };
        bytes("max_http_response_bytes", limits.max_http_response_bytes);
        bytes("max_var_bytes", limits.max_var_bytes);
        finish(*memory);
    }

    void read_module(JsonReader entry) {
        const bool path = entry.has_value("path");
        const bool data = entry.has_value("data");
        const bool url = entry.has_value("url");
        std::string name = entry.has_value("name") ? entry.text("name") : std::string();
        std::string hash = entry.has_value("hash") ? entry.text("hash") : std::string();
        if (!hash.empty() && !is_digest(hash))
            entry.refuse("hash", "must be a SHA-256 in 64 hexadecimal digits");
        if (path + data + url != 1)
            entry.refuse("", "must have exactly one of path, data and url");
        else if (path)
            manifest_.wasm.emplace_back(WasmFile{entry.text("path"), name, hash});
        else if (url)
            manifest_.wasm.emplace_back(read_url(entry, name, hash));
        else
            manifest_.wasm.emplace_back(WasmBytes{read_data(entry), name, hash});
        finish(entry);
    }

    static WasmUrl read_url(JsonReader& entry, const std::string& name, const std::string& hash) {
        WasmUrl module{.url = entry.text("url"), .name = name, .hash = hash};
        if (entry.has_value("method")) module.method = entry.text("method");
        if (entry.has_value("headers"))
            for (auto& [field, value] : entry.text_map("headers"))
                module.headers.insert_or_assign(std::move(field), std::move(value));
        return module;
    }

    Bytes read_data(JsonReader& entry) const {
        if (entry.raw("data").value_or("").starts_with('{')) return read_address(entry);
        std::string decoded;
        if (!decode_base64(entry.text("data"), decoded))
            entry.refuse("data", "must be the module's bytes in base64");
        const ByteView bytes = as_bytes(decoded);
        return {bytes.begin(), bytes.end()};
    }

    Bytes read_address(JsonReader& entry) const {
        if (!rules_.allow_addresses) {
            entry.refuse("data",
                         "must be the module's bytes in base64; addresses are not read here");
            return {};
        }
        auto place = entry.object("data");
        const auto address = static_cast<std::uintptr_t>(place->whole("ptr", 0, 0, no_end));
        const auto size = static_cast<std::size_t>(place->whole("len", 0, 0, no_end));
        finish(*place);
        if (address == 0 || size == 0) return {};
        Bytes bytes(size);
        // The one place where a number becomes a pointer: the rules say that we wrote it ourselves.
        const void* const there =
            reinterpret_cast<const void*>(address);  // NOLINT(*-no-int-to-ptr)
        std::memcpy(bytes.data(), there, size);
        return bytes;
    }

    const ManifestRules& rules_;
    Manifest& manifest_;
};

}  // namespace

Manifest Manifest::from_json(std::string_view json, const ManifestRules& rules) {
    return from_json(json, rules, Manifest());
}

Manifest Manifest::from_json(std::string_view json, const ManifestRules& rules, Manifest defaults) {
    JsonFile document(rules.file, json);
    defaults.wasm.clear();
    ManifestText(rules, defaults).read(document.root());
    document.finish();
    return defaults;
}

}  // namespace sluice
