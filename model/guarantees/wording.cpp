// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/wording.hpp"

#include <fmt/format.h>

#include "model/kernel/errno.hpp"

namespace luosim::guarantees {

namespace {

struct ErrorName {
  std::int64_t number;
  std::string_view name;
};

constexpr ErrorName kErrorNames[] = {
    {kernel::kEPERM, "EPERM"},     {kernel::kENOENT, "ENOENT"},         {kernel::kEIO, "EIO"},
    {kernel::kEBADF, "EBADF"},     {kernel::kEAGAIN, "EAGAIN"},         {kernel::kENOMEM, "ENOMEM"},
    {kernel::kEACCES, "EACCES"},   {kernel::kEFAULT, "EFAULT"},         {kernel::kEBUSY, "EBUSY"},
    {kernel::kEEXIST, "EEXIST"},   {kernel::kENODEV, "ENODEV"},         {kernel::kEINVAL, "EINVAL"},
    {kernel::kEMFILE, "EMFILE"},   {kernel::kENOTTY, "ENOTTY"},         {kernel::kENOSPC, "ENOSPC"},
    {kernel::kEDEADLK, "EDEADLK"}, {kernel::kEOPNOTSUPP, "EOPNOTSUPP"},
};

struct LockName {
  sim::LockId lock;
  std::string_view name;
};

constexpr LockName kLockNames[] = {
    {kho::kKhoLock, "KHO's lock"},
    {luo::v2::kPhaseLock, "the phase lock"},
    {luo::v2::kSubsystemListLock, "the list of subsystems"},
    {luo::v2::kHandlerListLock, "the list of handlers"},
};

// A longer list than this is not read by anybody.
constexpr std::size_t kMostNames = 3;

}  // namespace

std::string error_text(std::int64_t status) {
  for (const ErrorName& each : kErrorNames)
    if (each.number == -status) return fmt::format("-{}", each.name);
  return fmt::format("{}", status);
}

std::string count_text(std::uint64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& names) {
  const bool is_long = names.size() > kMostNames;
  const std::size_t shown = is_long ? kMostNames : names.size();
  std::string text;
  for (std::size_t index = 0; index < shown; ++index) {
    const bool is_last = !is_long && index + 1 == shown;
    text += fmt::format("{}{}", index == 0 ? "" : is_last ? " and " : ", ", names[index]);
  }
  if (is_long) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string_view lock_text(sim::LockId lock) {
  for (const LockName& each : kLockNames)
    if (each.lock == lock) return each.name;
  return "a lock";
}

std::string_view lock_mode_text(sim::LockMode mode) {
  return mode == sim::LockMode::write ? "write-lock" : "read-lock";
}

std::string file_named(const Machine& machine, kernel::FileId file) {
  const std::string& name = machine.names.text(machine.kernel.files[file].name);
  return name.empty() ? "a file without a name" : name;
}

}  // namespace luosim::guarantees
