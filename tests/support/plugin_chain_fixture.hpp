#pragma once

#include "gateway/metrics.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_set.hpp"
#include "hook_guests.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway {

/// Plug-ins in their order on a real io_context, and one request that goes through them.
class ChainTest : public testing::Test {
  public:
    PluginRuntime& runtime() { return *runtime_; }

  protected:
    void add_wat(const std::string& name, std::string_view wat,
                 std::chrono::milliseconds timeout = std::chrono::seconds(10),
                 std::size_t instances = 8) {
        LoadedPlugin loaded{.config = {.name = name}, .status = "active"};
        loaded.plugin = host_.load(
            wat, {.name = name, .call_timeout = timeout, .instances_per_thread = instances});
        loaded.phases = loaded.plugin->phases();
        set_->plugins.push_back(std::move(loaded));
    }
    /// A plug-in whose hooks answer with fixed texts.
    void add(const std::string& name,
             const std::vector<std::pair<std::string, std::string>>& answers) {
        add_wat(name, tests::guest_answering(answers));
    }
    void add_guest(const std::string& name, std::string_view file) {
        add_wat(name, tests::guest(file));
    }
    void add_echo(const std::string& name) { add_guest(name, "hook_echo"); }
    /// Puts what it is shown into the context, under the key "saw".
    void add_recorder(const std::string& name) { add_guest(name, "hook_recorder"); }

    static std::string endless(std::string_view hook) {
        return "(module (memory (export \"memory\") 1) (func (export \"malloc\") (param i32) "
               "(result i32) (i32.const 4096)) (func (export \"" +
               std::string(hook) +
               "\") (param i32 i32) (result i64) (loop $again (br $again)) (unreachable)))";
    }

    RequestHooks& start() {
        runtime_.emplace(set_, context_.get_executor(), metrics_);
        return hooks_.emplace(*runtime_, "r-1");
    }

    template <class T>
    T run(http::Task<T> task) {
        std::optional<T> result;
        std::exception_ptr fault;
        http::asio::co_spawn(context_.get_executor(), std::move(task),
                             [&](std::exception_ptr failed, T value) {
                                 fault = std::move(failed);
                                 result = std::move(value);
                             });
        run_all();
        if (fault) std::rethrow_exception(fault);
        return *std::move(result);
    }
    void run(http::Task<void> task) {
        spawn(std::move(task));
        run_all();
    }
    void spawn(http::Task<void> task) {
        http::asio::co_spawn(context_.get_executor(), std::move(task),
                             [](std::exception_ptr failed) {
                                 if (failed) std::rethrow_exception(failed);
                             });
    }
    /// `cancelled` is set when the task ends by its cancellation.
    void spawn(http::Task<void> task, http::asio::cancellation_signal& signal, bool& cancelled) {
        http::asio::co_spawn(context_.get_executor(), std::move(task),
                             http::asio::bind_cancellation_slot(
                                 signal.slot(), [&cancelled](std::exception_ptr failed) {
                                     try {
                                         if (failed) std::rethrow_exception(failed);
                                     } catch (const boost::system::system_error& error) {
                                         cancelled =
                                             error.code() == http::asio::error::operation_aborted;
                                     }
                                 }));
    }
    void run_all() {
        context_.restart();
        context_.run();
    }

    tests::HookHost host_;
    Metrics metrics_;
    http::asio::io_context context_{1};
    std::shared_ptr<PluginSet> set_ = std::make_shared<PluginSet>();
    std::optional<PluginRuntime> runtime_;
    std::optional<RequestHooks> hooks_;
};

}  // namespace sluice::gateway
