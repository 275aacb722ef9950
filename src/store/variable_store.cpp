#include "store/variable_store.hpp"

#include "store/config.hpp"
#include "store/memory_variables.hpp"
#include "store/redis/redis_variables.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

namespace sluice::store {

VariableReply not_a_number(const VariableCommand& command) {
    return {.outcome = VariableReply::Outcome::failed,
            .text = fmt::format("the variable `{}` holds no whole number that {} can be added to",
                                command.key, command.delta)};
}

std::unique_ptr<VariableStore> make_variable_store(const VariableStoreConfig& config) {
    if (config.type == "memory") return std::make_unique<MemoryVariables>();
    const auto address = parse_redis_url(config.url);
    if (!address)
        throw Error(ErrorCode::invalid_input,
                    "variables_store.url: must be redis://HOST:PORT, with :PASSWORD@ if needed");
    return std::make_unique<RedisVariables>(*address, config.timeout);
}

}  // namespace sluice::store
