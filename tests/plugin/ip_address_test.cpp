#include "plugin/ip_address.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>

#include <cstring>

namespace sluice {
namespace {

std::string text_of(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address ? address->text() : "none";
}

TEST(IpAddress, HasOneSpelling) {
    EXPECT_EQ(text_of("127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(text_of("::ffff:127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(text_of("0:0:0:0:0:0:0:1"), "::1");
    EXPECT_EQ(text_of("FE80:0::1"), "fe80::1");
}

TEST(IpAddress, IsNothingElse) {
    for (const char* text : {"", "localhost", "127.1", "0x7f.0.0.1", "127.0.0.1.", "256.0.0.1",
                             "[::1]", "::1%lo", "1.2.3.4:80"})
        EXPECT_EQ(text_of(text), "none") << text;
    EXPECT_EQ(text_of(std::string_view("::1\0", 4)), "none");
}

TEST(IpAddress, IsThatOfASocket) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0x7F000001);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof(address));

    EXPECT_EQ(IpAddress::of(generic), IpAddress::parse("127.0.0.1"));
    generic.sa_family = AF_UNIX;
    EXPECT_EQ(IpAddress::of(generic), std::nullopt);
}

TEST(IpAddress, TellsPublicFromPrivate) {
    for (const char* text : {"0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "10.255.255.255",
                             "100.64.0.1",
                             "100.100.100.200",
                             "127.0.0.1",
                             "127.255.0.1",
                             "168.63.129.16",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.192",
                             "192.0.2.1",
                             "192.168.1.1",
                             "198.18.0.1",
                             "224.0.0.1",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::127.0.0.1",
                             "::ffff:10.0.0.1",
                             "64:ff9b::10.0.0.1",
                             "64:ff9b:1::8.8.8.8",
                             "100::1",
                             "2001::1",
                             "2001:db8::1",
                             "2002:0a00:0001::",
                             "3fff::1",
                             "fc00::1",
                             "fd00:ec2::254",
                             "fe80::1",
                             "fec0::1",
                             "ff02::1"})
        EXPECT_FALSE(IpAddress::parse(text).value().is_public()) << text;
    for (const char* text :
         {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
          "192.0.1.1", "192.167.1.1", "198.20.0.1", "223.255.255.255", "::ffff:8.8.8.8",
          "64:ff9b::8.8.8.8", "2001:4860:4860::8888", "2002:0808:0808::", "2606:4700::1"})
        EXPECT_TRUE(IpAddress::parse(text).value().is_public()) << text;
}

}  // namespace
}  // namespace sluice
