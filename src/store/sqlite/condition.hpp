#pragma once

#include "store/sqlite/database.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::store::sqlite {

/// The WHERE clause of a query and the values for its question marks, in order.
struct Condition {
    std::string sql{};
    std::vector<std::variant<std::string, std::int64_t>> values{};

    void add(std::string clause) {
        sql += sql.empty() ? " WHERE " : " AND ";
        sql += clause;
    }

    void one_of(std::string_view column, const std::vector<std::string>& allowed) {
        if (allowed.empty()) return;
        std::string marks;
        for (const std::string& value : allowed) {
            marks += marks.empty() ? "?" : ",?";
            values.emplace_back(value);
        }
        add(fmt::format("{} IN ({})", column, marks));
    }

    /// The last index that it has bound. Lifetime: with Texts::viewed it outlives the statement's
    /// steps.
    int bind_to(Statement& statement, Statement::Texts texts = Statement::Texts::viewed) const {
        int index = 0;
        for (const auto& value : values) {
            ++index;
            if (const auto* text = std::get_if<std::string>(&value))
                statement.bind(index, *text, texts);
            else
                statement.bind(index, std::get<std::int64_t>(value));
        }
        return index;
    }
};

}  // namespace sluice::store::sqlite
