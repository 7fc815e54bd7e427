// SPDX-License-Identifier: Apache-2.0
//
// Errors of the modelled kernel, by Linux' generic numbers. They are data: the host's <errno.h> may
// number them differently, and a model must answer the same everywhere.
#pragma once

#include <cstdint>

namespace luosim::kernel {

inline constexpr std::int64_t kENOENT = 2;
inline constexpr std::int64_t kEIO = 5;
inline constexpr std::int64_t kEBADF = 9;
inline constexpr std::int64_t kEAGAIN = 11;
inline constexpr std::int64_t kENOMEM = 12;
inline constexpr std::int64_t kEACCES = 13;
inline constexpr std::int64_t kEFAULT = 14;
inline constexpr std::int64_t kEBUSY = 16;
inline constexpr std::int64_t kEEXIST = 17;
inline constexpr std::int64_t kENODEV = 19;
inline constexpr std::int64_t kEINVAL = 22;
inline constexpr std::int64_t kEMFILE = 24;
inline constexpr std::int64_t kENOTTY = 25;
inline constexpr std::int64_t kEFBIG = 27;
inline constexpr std::int64_t kENOSPC = 28;
inline constexpr std::int64_t kEDEADLK = 35;
inline constexpr std::int64_t kEOPNOTSUPP = 95;
inline constexpr std::int64_t kEPERM = 1;

}  // namespace luosim::kernel
