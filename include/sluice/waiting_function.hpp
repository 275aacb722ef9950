#pragma once

#include <sluice/error.hpp>
#include <sluice/host_function.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice {

/// How a waiting host function waits.
struct WaitOptions {
    std::chrono::milliseconds limit{30'000};  ///< for the answer to one call
    bool charged = false;  ///< whether the guest's timeout goes on while the host works
    std::string module = "extism:host/user";
};

namespace waiting_function_detail {

/// One call's wait, shared by the thread that waits and whoever answers.
class Wait {
  public:
    /// Ends the wait, `store` having put the answer in its place; false when it has ended before.
    template <class Store>
    bool end(Store store) {
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(ended_, true)) return false;
            store();
        }
        changed_.notify_one();
        return true;
    }
    bool fail(std::exception_ptr fault);

    /// Blocks until end(). Errors: what fail() was given; \throws Error timeout, cancelled.
    void await(CurrentPlugin& plugin, const WaitOptions& options);

    std::stop_token abandoned() const noexcept { return abandoned_.get_token(); }

  private:
    std::mutex mutex_{};
    std::condition_variable_any changed_{};
    bool ended_ = false;          // under the mutex
    std::exception_ptr fault_{};  // under the mutex
    std::stop_source abandoned_{};
};

template <class Result>
struct Answer : Wait {
    std::optional<Result> result{};
};
template <>
struct Answer<void> : Wait {};

/// What the copies of a Completion share: when the last of them goes, nobody will answer any more.
template <class Result>
struct Promise {
    explicit Promise(std::shared_ptr<Answer<Result>> to) : answer(std::move(to)) {}
    ~Promise() {
        answer->fail(std::make_exception_ptr(
            Error(ErrorCode::internal, "its Completion was dropped without an answer")));
    }
    Promise(const Promise&) = delete;
    Promise& operator=(const Promise&) = delete;

    std::shared_ptr<Answer<Result>> answer;
};

}  // namespace waiting_function_detail

/// Where a waiting host function's answer goes. The first answer counts; to let go of all copies
/// without one fails the guest's call.
///
/// Lifetime: copy it freely; it may outlive the call, which then has no use for the answer.
/// Threads: any.
template <class Result = void>
class Completion {
  public:
    /// Answers. False when the call has ended or was answered before.
    bool operator()(Result result) const {
        auto& answer = *promise_->answer;
        return answer.end([&] { answer.result = std::move(result); });
    }
    /// Ends the guest's call with this exception's text.
    bool fail(std::exception_ptr fault) const { return promise_->answer->fail(std::move(fault)); }

    /// Asked to stop when nobody waits any more: the limit passed, or the call was cancelled.
    std::stop_token abandoned() const noexcept { return promise_->answer->abandoned(); }

    /// Sluice's own.
    explicit Completion(std::shared_ptr<waiting_function_detail::Answer<Result>> answer)
        : promise_(std::make_shared<Promise>(std::move(answer))) {}

  private:
    using Promise = waiting_function_detail::Promise<Result>;
    std::shared_ptr<Promise> promise_;
};

/// As above, for functions that give nothing back.
template <>
class Completion<void> {
  public:
    bool operator()() const {
        return promise_->answer->end([] {});
    }
    bool fail(std::exception_ptr fault) const { return promise_->answer->fail(std::move(fault)); }
    std::stop_token abandoned() const noexcept { return promise_->answer->abandoned(); }

    explicit Completion(std::shared_ptr<waiting_function_detail::Answer<void>> answer)
        : promise_(std::make_shared<Promise>(std::move(answer))) {}

  private:
    using Promise = waiting_function_detail::Promise<void>;
    std::shared_ptr<Promise> promise_;
};

namespace waiting_function_detail {

template <class Signature>
struct ParametersOf;
template <class C, class... P>
struct ParametersOf<void (C::*)(P...)> {
    using type = std::tuple<P...>;
};
template <class C, class... P>
struct ParametersOf<void (C::*)(P...) const> {
    using type = std::tuple<P...>;
};
template <class... P>
struct ParametersOf<void (*)(P...)> {
    using type = std::tuple<P...>;
};

template <class T>
struct ResultOf;
template <class Result>
struct ResultOf<Completion<Result>> {
    using type = Result;
};

/// The parameters are a CurrentPlugin& or none, what the guest gives, and a Completion.
template <class Parameters>
struct Shape {
    static constexpr std::size_t count = std::tuple_size_v<Parameters>;
    template <std::size_t I>
    using Parameter = std::remove_cvref_t<std::tuple_element_t<I, Parameters>>;
    using Result = typename ResultOf<Parameter<count - 1>>::type;
    static constexpr bool takes_plugin = std::is_same_v<Parameter<0>, CurrentPlugin>;
    static constexpr std::size_t first = takes_plugin ? 1 : 0;
    using Arguments = std::make_index_sequence<count - 1 - first>;

    template <std::size_t... I>
    static FunctionType type(std::index_sequence<I...>) {
        FunctionType read{.parameters = {HostType<Parameter<first + I>>::type...}};
        if constexpr (!std::is_void_v<Result>) read.results = {HostType<Result>::type};
        return read;
    }

    template <class Callable, std::size_t... I>
    static void begin(Callable& callable, CurrentPlugin& plugin, std::span<Value> values,
                      std::shared_ptr<Answer<Result>> answer, std::index_sequence<I...>) {
        Completion<Result> completion(std::move(answer));
        if constexpr (takes_plugin)
            std::invoke(callable, plugin,
                        HostType<Parameter<first + I>>::read(plugin, values[I])...,
                        std::move(completion));
        else
            std::invoke(callable, HostType<Parameter<first + I>>::read(plugin, values[I])...,
                        std::move(completion));
    }

    template <class Callable>
    static void call(Callable& callable, CurrentPlugin& plugin, std::span<Value> values,
                     const WaitOptions& options) {
        auto answer = std::make_shared<Answer<Result>>();
        {
            std::optional<UnchargedTime> pause;
            if (!options.charged) pause.emplace(plugin);
            begin(callable, plugin, values, answer, Arguments());
            answer->await(plugin, options);
        }
        if constexpr (!std::is_void_v<Result>)
            HostType<Result>::write(plugin, values[0], *answer->result);
    }
};

}  // namespace waiting_function_detail

/// A host function that answers later, from any thread: the callable starts the work, returns, and
/// calls its last parameter, a `Completion<Result>`, when the work is done. The guest's thread
/// waits meanwhile, and its timeout stands still unless `options.charged`.
///
///     waiting_host_function("ask", [&](std::string question, Completion<std::string> answer) {
///         workers.submit([=] { answer(model.ask(question, answer.abandoned())); });
///     })
///
/// The call ends at once when it is cancelled, and with `timeout` when no answer comes within
/// `options.limit`. Types are those of host_function(); views that the callable is given are valid
/// until the answer, so what works on past a cancelled call takes a `std::string`.
template <class Callable>
HostFunction waiting_host_function(std::string name, Callable callable, WaitOptions options = {}) {
    using Signature = typename host_function_detail::SignatureOf<Callable>::type;
    using Shape = waiting_function_detail::Shape<
        typename waiting_function_detail::ParametersOf<Signature>::type>;
    return {.name = std::move(name),
            .type = Shape::type(typename Shape::Arguments()),
            .function =
                [callable = std::move(callable), options](CurrentPlugin& plugin,
                                                          std::span<Value> values) mutable {
                    Shape::call(callable, plugin, values, options);
                },
            .module = options.module};
}

}  // namespace sluice
