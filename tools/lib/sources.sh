# shellcheck shell=bash
# Which C++ files the checks are about. Sourced after toolchains.sh.

# Those git knows or would add, so that build folders and ignored files stay out.
cpp_files() {
    git -C "$SLUICE_ROOT" ls-files --cached --others --exclude-standard -- "$@" | sort -u | while read -r file; do
        [ ! -f "$SLUICE_ROOT/$file" ] || printf '%s\n' "$file"
    done
}
formatted_files() { cpp_files '*.cpp' '*.hpp' '*.h' ':!:engine/include'; }
