// SPDX-License-Identifier: Apache-2.0
//
// The machine as a whole, LUO and KHO.
#include <algorithm>
#include <vector>

#include "app/view/view_parts.hpp"
#include "model/guarantees/preserved.hpp"
#include "model/kho/tracker.hpp"
#include "model/world/checks.hpp"
#include "model/world/expectation.hpp"

namespace luosim::app::view {

namespace {

using luo::v2::FileRecord;
using luo::v2::Phase;

std::string phase_word(Phase phase) {
  return std::string(word_of(phase));
}

Json options_view(const kernel::BootOptions& options) {
  return {{"kho", options.kho},
          {"liveupdate", options.liveupdate},
          {"sysfs", options.sysfs},
          {"debugfs", options.debugfs},
          {"selftests", options.selftests},
          {"kho_only_if_finalized", options.kho_only_if_finalized}};
}

Json disk_view(const Viewed& viewed) {
  Json tokens = Json::array();
  for (const auto& token : viewed.world.hardware.disk.tokens)
    tokens.push_back({{"file", text(viewed, token.file)},
                      {"generation", token.generation},
                      {"token", token.token}});
  Json saved = Json::array();
  for (const auto& vm : viewed.world.hardware.disk.saved_vms)
    saved.push_back({{"vm", vm_name(viewed, vm.vm)},
                     {"booting", vm.is_booting != 0},
                     {"pending", hex(vm.pending)}});
  return {{"tokens", tokens}, {"saved_vms", saved}};
}

Json callbacks_view(luo::CallbackMask mask) {
  Json words = Json::array();
  for (std::uint8_t number = 0; number <= static_cast<std::uint8_t>(luo::Callback::retrieve);
       ++number) {
    const auto callback = static_cast<luo::Callback>(number);
    if (mask.has(callback)) words.push_back(std::string(luo::word_of(callback)));
  }
  return words;
}

std::string cause_of_death(const kernel::Death& death) {
  return death.cause == 0 ? "none" : word(ValueForm::cause, death.cause);
}

// LUO's own notifier block has no name (model/luo/v2/startup.cpp).
std::string client_name(const Viewed& viewed, const kho::Client& client) {
  const std::string& name = text(viewed, client.name);
  return name.empty() ? "luo" : name;
}

std::string type_name(std::uint32_t type) {
  const auto types = fd::participant_types();
  return type < types.size() ? std::string(types[type].name) : "none";
}

// A subsystem or handler that a kernel has made but not registered is one that nobody calls.
bool is_among(const std::vector<std::uint32_t>& registered, std::size_t object) {
  return std::find(registered.begin(), registered.end(), object) != registered.end();
}

Json subsystems_view(const Viewed& viewed) {
  const luo::v2::State& luo = viewed.world.kernel.luo;
  Json list = Json::array();
  for (std::size_t index = 0; index < luo.subsystem_objects.size(); ++index) {
    const luo::v2::SubsystemObject& object = luo.subsystem_objects[index];
    list.push_back({{"name", text(viewed, object.name)},
                    {"type", type_name(object.type)},
                    {"argument", object.argument},
                    {"registered", is_among(luo.subsystems, index)},
                    {"takes_part", object.takes_part != 0},
                    {"word", hex(object.word)},
                    {"callbacks", callbacks_view(object.callbacks)}});
  }
  return list;
}

Json handlers_view(const Viewed& viewed) {
  constexpr const char* kLinks[] = {"never", "linked", "unlinked"};
  const luo::v2::State& luo = viewed.world.kernel.luo;
  Json list = Json::array();
  for (std::size_t index = 0; index < luo.handler_objects.size(); ++index) {
    const luo::v2::HandlerObject& object = luo.handler_objects[index];
    list.push_back({{"name", text(viewed, object.compatible)},
                    {"type", type_name(object.type)},
                    {"argument", object.argument},
                    {"registered", is_among(luo.handlers, index)},
                    {"link", kLinks[static_cast<std::size_t>(object.link)]},
                    {"callbacks", callbacks_view(object.callbacks)}});
  }
  return list;
}

// Kernels know an incoming file by its token; which one it is, the agent's notes say.
std::string name_of(const Viewed& viewed, const FileRecord& record) {
  if (record.file != kernel::kNoFile) return file_name(viewed, record.file);
  const std::uint32_t generation = viewed.world.kernel.core.generation;
  for (const auto& token : viewed.world.hardware.disk.tokens)
    if (token.token == record.token && token.generation + 1 == generation)
      return text(viewed, token.file);
  return "token " + std::to_string(record.token);
}

std::string outgoing_state(const Viewed& viewed, const FileRecord& record) {
  if (record.takes_part == 0) return phase_word(Phase::normal);
  const Phase phase = viewed.world.kernel.luo.phase;
  return phase_word(phase == Phase::frozen ? phase : Phase::prepared);
}

Json luo_file_view(const Viewed& viewed, const FileRecord& record, std::string state) {
  const auto& handlers = viewed.world.kernel.luo.handler_objects;
  return {{"name", name_of(viewed, record)},
          {"token", record.token},
          {"handler", record.handler < handlers.size()
                          ? text(viewed, handlers[record.handler].compatible)
                          : "none"},
          {"file", number_or_none(record.file.index, kernel::kNoFile.index)},
          {"state", std::move(state)},
          {"takes_part", record.takes_part != 0},
          {"word", hex(record.word)},
          {"reclaimed", record.reclaimed != 0},
          {"held", record.is_held != 0}};
}

}  // namespace

Json machine_view(const Viewed& viewed) {
  const world::World& world = viewed.world;
  const kernel::Core& core = world.kernel.core;
  const kho::BootParameters& boot = world.hardware.boot_parameters;
  const auto& images = viewed.blueprint.images;
  return {
      {"time_ns", world.schedule.now().ns},
      {"state", world::state_of_machine(world)},
      {"died_of", cause_of_death(core.death)},
      {"ending", word(ValueForm::ending, static_cast<std::uint64_t>(core.death.ending))},
      {"generation", core.generation},
      {"kernel",
       core.options.image < images.size() ? text(viewed, images[core.options.image].name) : "none"},
      {"boot_options", options_view(core.options)},
      {"boot_parameters",
       {{"root", address(boot.root)},
        {"root_is_passed", boot.root_is_passed != 0},
        {"scratch_list", address(boot.scratch_list)},
        {"scratch_areas", boot.scratch_areas}}},
      {"allocator",
       {{"next_page", hex(address_of(core.next_page).value)},
        {"next_block", hex(address_of(core.next_block).value)}}},
      {"user_space_started", world.user.is_started != 0},
      {"actors_left", world.user.actors_left},
      {"story_is_over", world.progress.is_over != 0},
      {"disk", disk_view(viewed)}};
}

Json luo_view(const Viewed& viewed) {
  const luo::v2::State& luo = viewed.world.kernel.luo;
  Json outgoing = Json::array();
  for (const FileRecord& record : luo.outgoing)
    outgoing.push_back(luo_file_view(viewed, record, outgoing_state(viewed, record)));
  Json incoming = Json::array();
  for (const FileRecord& record : luo.incoming)
    incoming.push_back(luo_file_view(viewed, record, phase_word(record.phase)));
  Json with_token = Json::array();
  for (const kernel::FileId file : luo.files) with_token.push_back(file.index);
  return {{"phase", phase_word(luo.phase)},
          {"sysfs", luo.sysfs ? phase_word(luo.phase) : "absent"},
          {"tree_present", luo.tree.value != 0},
          {"tree", address(luo.tree)},
          {"incoming_tree", address(luo.incoming_tree)},
          {"incoming_list_built", luo.incoming_list_built},
          {"reboots_under_way", luo.reboots_under_way},
          {"next_token", luo.next_token},
          {"subsystems", subsystems_view(viewed)},
          {"handlers", handlers_view(viewed)},
          {"files", {{"outgoing", outgoing}, {"incoming", incoming}}},
          {"files_with_a_token", with_token}};
}

Json kho_view(const Viewed& viewed) {
  const kho::State& kho = viewed.world.kernel.kho;
  const memory::PhysicalMemory& memory = viewed.world.hardware.memory;
  Json clients = Json::array();
  for (const kho::Client& client : kho.clients)
    clients.push_back({{"name", client_name(viewed, client)},
                       {"priority", client.priority},
                       {"notify", program_name(viewed, client.notify)},
                       {"argument", client.argument}});
  Json scratch = Json::array();
  for (const memory::PageRange& area : kho.scratch) scratch.push_back(range(area));
  Json blobs = Json::array();
  for (const kho::DebugfsBlob& blob : kho.blobs)
    blobs.push_back({{"name_hash", hex(blob.name_hash)}, {"address", address(blob.address)}});
  Json chunks = Json::array();
  for (const memory::PhysicalAddress chunk : kho.chunks) chunks.push_back(address(chunk));
  Json bitmaps = Json::array();
  for (const kho::Bitmap& bitmap : kho.tracker.bitmaps)
    bitmaps.push_back(
        {{"address", address(bitmap.address)}, {"order", bitmap.order}, {"index", bitmap.index}});
  Json pages = Json::array();
  for (const memory::PageRange& page : kho.tracker.pages) pages.push_back(range(page));
  return {{"enabled", kho.enabled},
          {"finalized", kho.finalized},
          {"incoming", kho.incoming},
          {"debugfs", kho.debugfs},
          {"open", kho.open},
          {"root", address(kho.root)},
          {"map_offset", kho.map_offset},
          {"incoming_root", address(kho.incoming_root)},
          {"scratch_list", address(kho.scratch_list)},
          {"scratch", scratch},
          {"clients", clients},
          {"blobs", blobs},
          {"map_chunks", chunks},
          {"tracker",
           {{"orders", hex(kho.tracker.orders)},
            {"bitmaps", bitmaps},
            {"pages", pages},
            {"slots_left", kho.tracker.slots_left}}},
          {"preserved_pages", kho::preserved_pages(memory, kho.tracker)}};
}

}  // namespace luosim::app::view
