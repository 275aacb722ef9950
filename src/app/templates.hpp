#pragma once

#include <span>
#include <string_view>

namespace sluice::app {

/// A file of a project to start from. Made of templates/ and plugins/sdk/ by CMake.
struct TemplateFile {
    std::string_view language;  ///< as --lang names it; "*": every one
    std::string_view path;      ///< in the project
    std::string_view text;
};

/// What the plug-in is called in the texts.
inline constexpr std::string_view template_name = "my-plugin";

std::span<const TemplateFile> template_files() noexcept;

}  // namespace sluice::app
