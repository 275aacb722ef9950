#include "http/link_pool.hpp"

#include "http/connect.hpp"
#include "http/stream_io.hpp"
#include "http/sweep.hpp"

#include "http_run.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <utility>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

/// An upstream and a pool of links to it.
struct Upstream {
    explicit Upstream(LinkPoolLimits limits = {})
        : acceptor(listen(context.get_executor(), "127.0.0.1", 0)),
          pool({.host = "127.0.0.1", .port = local_port(acceptor)}, limits) {}

    std::unique_ptr<Link> fresh() {
        auto link = tests::run(context, connect(pool.target(), 10s));
        peers.push_back(acceptor.accept());
        return link;
    }

    asio::io_context context{1};
    Acceptor acceptor;
    std::deque<Socket> peers{};
    LinkPool pool;
};

TEST(LinkPool, HasNothingToBeginWith) {
    Upstream upstream;
    EXPECT_EQ(upstream.pool.take(), nullptr);
}

TEST(LinkPool, GivesTheNewestLinkFirst) {
    Upstream upstream;
    auto older = upstream.fresh();
    auto newer = upstream.fresh();
    const Link* const newest = newer.get();
    upstream.pool.give(std::move(older));
    upstream.pool.give(std::move(newer));
    EXPECT_EQ(upstream.pool.idle(), 2u);
    const auto taken = upstream.pool.take();
    EXPECT_EQ(taken.get(), newest);
    EXPECT_EQ(taken->served, 1u);
}

TEST(LinkPool, PassesOverLinksThatHaveDied) {
    Upstream upstream;
    auto alive = upstream.fresh();
    auto dead = upstream.fresh();
    const Link* const survivor = alive.get();
    upstream.peers[1].close();
    tests::run_until_readable(upstream.context, dead->socket());
    upstream.pool.give(std::move(alive));
    upstream.pool.give(std::move(dead));
    EXPECT_EQ(upstream.pool.take().get(), survivor);
    EXPECT_EQ(upstream.pool.idle(), 0u);
}

TEST(LinkPool, KeepsNoLinkWithBytesLeftOverOrClosed) {
    Upstream upstream;
    auto link = upstream.fresh();
    tests::send(upstream.peers[0], "garbage");
    tests::run(upstream.context, fill(*link, link->buffer()));
    upstream.pool.give(std::move(link));
    auto closed = upstream.fresh();
    closed->close();
    upstream.pool.give(std::move(closed));
    EXPECT_EQ(upstream.pool.idle(), 0u);
    EXPECT_EQ(upstream.pool.dropped(), 0u);
}

TEST(LinkPool, KeepsNoMoreThanItsBoundAndCountsTheRest) {
    Upstream upstream({.idle_links = 2});
    std::deque<std::unique_ptr<Link>> links;
    for (int at = 0; at < 3; ++at) links.push_back(upstream.fresh());
    for (auto& link : links) upstream.pool.give(std::move(link));
    EXPECT_EQ(upstream.pool.idle(), 2u);
    EXPECT_EQ(upstream.pool.dropped(), 1u);
}

TEST(LinkPool, DropsTheAgedAndKeepsTheYoung) {
    Upstream upstream({.idle_age = 60s});
    auto old = upstream.fresh();
    auto young = upstream.fresh();
    Link* const aged = old.get();
    upstream.pool.give(std::move(old));
    aged->idle_since -= 50s;
    upstream.pool.give(std::move(young));
    upstream.pool.drop_aged(Sweep::now());
    EXPECT_EQ(upstream.pool.idle(), 2u);
    upstream.pool.drop_aged(Sweep::now() + 20s);
    EXPECT_EQ(upstream.pool.idle(), 1u);
    upstream.pool.drop_aged(Sweep::now() + 61s);
    EXPECT_EQ(upstream.pool.idle(), 0u);
}

TEST(LinkPool, KeepsTheBufferOfALinkThatIsUsedAgainAtOnce) {
    Upstream upstream;
    auto link = upstream.fresh();
    link->buffer().make_room();
    upstream.pool.give(std::move(link));
    upstream.pool.drop_aged(Sweep::now());
    EXPECT_GT(upstream.pool.take()->buffer().capacity(), 0u);
}

TEST(LinkPool, TakesNoBufferForIdleLinks) {
    Upstream upstream;
    auto link = upstream.fresh();
    link->buffer().make_room();
    upstream.pool.give(std::move(link));
    upstream.pool.drop_aged(Sweep::now() + 2s);
    EXPECT_EQ(upstream.pool.take()->buffer().capacity(), 0u);
}

}  // namespace
}  // namespace sluice::http
