// SPDX-License-Identifier: Apache-2.0
#include "app/report/perfetto_flows.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "model/device/record.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::app {

namespace {

namespace DeviceRecord = device::DeviceRecord;
namespace LuoRecord = luo::v2::LuoRecord;

using Key = std::pair<std::uint64_t, std::uint64_t>;

Key token_of(const sim::Record& record) {
  return {record.values[0], 0};
}

enum class Role : std::uint8_t { begins, ends, gives_up };

struct Row {
  sim::RecordKind kind;
  Role role;
  std::uint8_t family;  ///< ends find their begin in the same one
  Key (*key)(const sim::Record& record);
};
constexpr Row kRows[] = {
    {DeviceRecord::command_fetched, Role::begins, 0, DeviceRecord::command_of},
    {DeviceRecord::completion_posted, Role::ends, 0, DeviceRecord::command_of},
    {LuoRecord::file_preserved, Role::begins, 1, token_of},
    {LuoRecord::file_restored, Role::ends, 1, token_of},
    {LuoRecord::file_unpreserved, Role::gives_up, 1, token_of},
};

const Row* row_of(sim::RecordKind kind) {
  for (const Row& row : kRows)
    if (row.kind == kind) return &row;
  return nullptr;
}

}  // namespace

std::vector<FlowEnd> flows_of(std::span<const sim::Record> records) {
  std::map<std::pair<std::uint8_t, Key>, std::size_t> begun;
  std::vector<FlowEnd> ends;
  std::uint64_t flow = 0;
  for (std::size_t place = 0; place < records.size(); ++place) {
    const Row* row = row_of(records[place].kind);
    if (row == nullptr) continue;
    const std::pair key{row->family, row->key(records[place])};
    if (row->role == Role::begins) {
      // A number that is used again: what it was before never ended.
      begun[key] = place;
      continue;
    }
    const auto begin = begun.find(key);
    if (begin == begun.end()) continue;
    if (row->role == Role::ends) {
      ++flow;
      ends.push_back({begin->second, flow, true});
      ends.push_back({place, flow, false});
    }
    begun.erase(begin);
  }
  std::sort(ends.begin(), ends.end(),
            [](const FlowEnd& left, const FlowEnd& right) { return left.record < right.record; });
  return ends;
}

}  // namespace luosim::app
