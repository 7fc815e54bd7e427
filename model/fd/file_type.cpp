// SPDX-License-Identifier: Apache-2.0
#include "model/fd/file_type.hpp"

#include <array>
#include <vector>

#include "model/fd/memfd.hpp"
#include "model/fd/self_test.hpp"
#include "model/fd/test_participant.hpp"

namespace luosim::fd {

std::span<const luo::ParticipantType> participant_types() {
  static const std::array kTypes = {kTestParticipantType, kSelfTestType, kMemfdType};
  return kTypes;
}

std::span<const sim::Program* const> programs() {
  static const std::vector<const sim::Program*> kAll = [] {
    std::vector<const sim::Program*> all;
    for (const auto part : {test_participant_programs(), self_test_programs(), memfd_programs()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

}  // namespace luosim::fd
