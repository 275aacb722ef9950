#include "base/json_spots.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <set>

namespace sluice {
namespace {

/// Walks valid JSON once. Depth is bounded by the parser that called the text valid.
class Walk {
  public:
    explicit Walk(std::string_view text) : text_(text) {}

    JsonSpots run() {
        value("");
        return std::move(spots_);
    }

  private:
    void space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    /// Takes `wanted` when it comes next.
    bool take(char wanted) {
        space();
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }

    /// The raw text literal that comes next, quotes included.
    std::string_view literal() {
        space();
        const std::size_t begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        return text_.substr(begin, at_ - begin);
    }

    static std::string unescaped(std::string_view raw) {
        if (raw.find('\\') == std::string_view::npos)
            return std::string(raw.substr(1, raw.size() - 2));
        return std::string(boost::json::parse(raw).as_string());
    }

    void value(const std::string& path) {
        space();
        const std::size_t begin = at_;
        const char first = at_ < text_.size() ? text_[at_] : '\0';
        if (first == '{') {
            object(path);
        } else if (first == '[') {
            array(path);
        } else if (first == '"') {
            literal();
        } else {
            at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        }
        spots_.by_path.emplace(path, JsonSpot{begin, at_});
    }

    void object(const std::string& path) {
        ++at_;
        std::set<std::string> keys;
        while (!take('}') && at_ < text_.size()) {
            const std::string_view raw = literal();
            const std::string key = unescaped(raw);
            std::string member = path;
            if (!path.empty()) member += '.';
            member += key;
            if (!keys.insert(key).second)
                spots_.repeated.push_back(
                    {member, static_cast<std::size_t>(raw.data() - text_.data())});
            take(':');
            value(member);
            take(',');
        }
    }

    void array(const std::string& path) {
        ++at_;
        for (std::size_t index = 0; !take(']') && at_ < text_.size(); ++index) {
            value(path + '[' + std::to_string(index) + ']');
            take(',');
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    JsonSpots spots_;
};

}  // namespace

JsonSpots find_spots(std::string_view text) {
    return Walk(text).run();
}

std::size_t line_of(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

}  // namespace sluice
