// SPDX-License-Identifier: Apache-2.0
#include "model/kernel/file.hpp"

#include <algorithm>
#include <utility>

#include "sim/core/assert.hpp"

namespace luosim::kernel {

namespace {

// 0, 1 and 2 are a process' standard streams.
constexpr std::int32_t kFirstDescriptor = 3;

auto position_of(const std::vector<Descriptor>& descriptors, std::uint32_t process,
                 std::int32_t number) {
  return std::lower_bound(descriptors.begin(), descriptors.end(), Descriptor{process, number, {}},
                          [](const Descriptor& left, const Descriptor& right) {
                            return left.process != right.process ? left.process < right.process
                                                                 : left.number < right.number;
                          });
}

}  // namespace

FileId Files::open(sim::Symbol name, std::uint32_t type, std::uint32_t object) {
  files_.push_back({name, type, object, 1});
  return {static_cast<std::uint32_t>(files_.size() - 1)};
}

bool Files::put(FileId id) {
  sim::require(files_[id.index].references > 0, "a dropped reference was held");
  const bool was_last = --files_[id.index].references == 0;
  if (was_last) released_.push_back(id);
  return was_last;
}

std::vector<FileId> Files::take_released() {
  return std::exchange(released_, {});
}

std::int32_t Files::install(std::uint32_t process, FileId file) {
  const auto begin = position_of(descriptors_, process, kFirstDescriptor);
  const auto end = position_of(descriptors_, process + 1, INT32_MIN);
  // Sorted and without gaps up to the first whose number is not its rank: a binary search.
  const auto gap = std::partition_point(begin, end, [&](const Descriptor& descriptor) {
    const auto rank = &descriptor - &*begin;
    return descriptor.number == kFirstDescriptor + static_cast<std::int32_t>(rank);
  });
  const std::int32_t number = kFirstDescriptor + static_cast<std::int32_t>(gap - begin);
  descriptors_.insert(gap, {process, number, file});
  return number;
}

std::optional<FileId> Files::find(std::uint32_t process, std::int32_t number) const {
  const auto place = position_of(descriptors_, process, number);
  if (place == descriptors_.end() || place->process != process || place->number != number)
    return std::nullopt;
  return place->file;
}

std::optional<FileId> Files::remove(std::uint32_t process, std::int32_t number) {
  const auto place = position_of(descriptors_, process, number);
  if (place == descriptors_.end() || place->process != process || place->number != number)
    return std::nullopt;
  const FileId file = place->file;
  descriptors_.erase(place);
  return file;
}

void Files::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(files_);
  hasher.add_sequence(descriptors_);
  hasher.add_sequence(released_);
}

}  // namespace luosim::kernel
