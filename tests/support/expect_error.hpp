#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sluice/error.hpp>

/// Expects that `statement` throws sluice::Error with `expected_code`.
#define EXPECT_ERROR(statement, expected_code)                                      \
    try {                                                                           \
        statement;                                                                  \
        ADD_FAILURE() << #statement << " threw nothing";                            \
    } catch (const ::sluice::Error& error_) {                                       \
        EXPECT_EQ(static_cast<int>(error_.code()), static_cast<int>(expected_code)) \
            << error_.what();                                                       \
    }

/// The same, and the message matches (a string or a GoogleMock matcher).
#define EXPECT_ERROR_SAYING(statement, expected_code, matcher)                      \
    try {                                                                           \
        statement;                                                                  \
        ADD_FAILURE() << #statement << " threw nothing";                            \
    } catch (const ::sluice::Error& error_) {                                       \
        EXPECT_EQ(static_cast<int>(error_.code()), static_cast<int>(expected_code)) \
            << error_.what();                                                       \
        EXPECT_THAT(std::string(error_.what()), matcher);                           \
    }
