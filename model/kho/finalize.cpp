// SPDX-License-Identifier: Apache-2.0
//
// kho_finalize() and kho_abort() as programs. Order and failure behaviour are those of the v2 time
// (luo-v2.md, section 6): abort frees the tracker and the map first and asks the clients second, so
// that a client that refuses leaves a finalized KHO with nothing behind it (B06 to B08).
#include "model/kernel/errno.hpp"
#include "model/kho/client.hpp"
#include "model/kho/debugfs.hpp"
#include "model/kho/knobs.hpp"
#include "model/kho/memory_map.hpp"
#include "model/kho/programs.hpp"
#include "model/kho/record.hpp"
#include "model/kho/root_tree.hpp"
#include "model/kho/tracker.hpp"

namespace luosim::kho {

namespace {

using sim::Outcome;

// frame.local[0] is the client that is told next.
std::uint64_t& next_client(Context& context) {
  return context.frame().local[0];
}

Outcome check_enabled(Context& context) {
  return context.kho.enabled ? sim::done() : sim::fail(-kernel::kEOPNOTSUPP);
}

Outcome take_kho_lock(Context& /*context*/) {
  return sim::acquire(kKhoLock, sim::LockMode::write);
}

Outcome release_kho_lock(Context& context) {
  context.release(kKhoLock);
  return sim::done();
}

Outcome check_not_finalized(Context& context) {
  return context.kho.finalized ? sim::fail(-kernel::kEEXIST) : sim::done();
}

Outcome check_finalized(Context& context) {
  return context.kho.finalized ? sim::done() : sim::fail(-kernel::kENOENT);
}

template <const sim::ProgramId& program>
Outcome call(Context& /*context*/) {
  return sim::call(program);
}

Outcome pass(Context& /*context*/) {
  return sim::done();
}

Outcome begin_root_tree(Context& context) {
  const int error = change_root_page(context, [&](std::span<std::byte> page) {
    return RootTreePage::begin(page, context.kho.map_offset);
  });
  return error == 0 ? sim::done() : sim::fail(errno_of_tree(context, error));
}

Outcome preserve_root_page(Context& context) {
  const std::int64_t error = preserve_block(context, 0, memory::page_of(context.kho.root), 1);
  return error == 0 ? sim::done() : sim::fail(error);
}

// values[0] of the abort is 1 when no client can refuse it.
Outcome tell_next_client(Context& context, Event event) {
  const std::vector<Client>& clients = context.kho.clients;
  if (next_client(context) == clients.size()) return sim::end();
  const Client& client = clients[next_client(context)];
  return sim::call(client.notify, {.values = {client.argument, static_cast<std::uint64_t>(event),
                                              context.frame().values[0], 0}});
}

Outcome tell_next_client_to_finalize(Context& context) {
  return tell_next_client(context, Event::finalize);
}

Outcome tell_next_client_to_abort(Context& context) {
  return tell_next_client(context, Event::abort);
}

// The chain stops at the first error.
Outcome take_the_answer(Context& context, Event event) {
  const std::int64_t answer = context.frame().result;
  const Client& client = context.kho.clients[next_client(context)];
  context.record(
      {.kind = KhoRecord::client_called,
       .subject = client.name,
       .values = {static_cast<std::uint64_t>(event), static_cast<std::uint64_t>(answer), 0, 0}});
  ++next_client(context);
  return answer == 0 ? sim::done() : sim::fail(answer);
}

Outcome take_the_answer_to_finalize(Context& context) {
  return take_the_answer(context, Event::finalize);
}

Outcome take_the_answer_to_abort(Context& context) {
  return take_the_answer(context, Event::abort);
}

Outcome go_on_if_it_is_certain(Context& context) {
  if (context.frame().values[0] == 0) return sim::fail(context.frame().status);
  context.frame().status = 0;
  return sim::done();
}

Outcome make_the_abort_certain(Context& context) {
  context.frame().values[0] = 1;
  return sim::done();
}

Outcome serialize(Context& context) {
  const std::int64_t error = serialize_map(context);
  if (error != 0) return sim::fail(error);
  return sim::done(context.timing.of_each(timing::Cost::kho_serialize_bitmap,
                                          context.kho.tracker.bitmaps.size()));
}

void point_at_map(const Context& context, std::span<std::byte> page) {
  const std::uint64_t map = context.kho.chunks.empty() ? 0 : context.kho.chunks.front().value;
  std::memcpy(page.data() + context.kho.map_offset, &map, sizeof(map));
}

Outcome close_root_tree(Context& context) {
  const int error = change_root_page(context, [&](std::span<std::byte> page) {
    point_at_map(context, page);
    return RootTreePage::finish(page);
  });
  return error == 0 ? sim::done() : sim::fail(errno_of_tree(context, error));
}

// The old map stays valid until the new one is complete.
Outcome serialize_anew(Context& context) {
  std::vector<memory::PhysicalAddress> before;
  std::swap(before, context.kho.chunks);
  const std::int64_t error = serialize_map(context);
  std::swap(before, context.kho.chunks);
  if (error != 0) return sim::fail(error);
  free_map(context);
  context.kho.chunks = std::move(before);
  change_root_page(context, [&](std::span<std::byte> page) {
    point_at_map(context, page);
    return 0;
  });
  return sim::done(context.timing.of_each(timing::Cost::kho_serialize_bitmap,
                                          context.kho.tracker.bitmaps.size()));
}

std::uint64_t root_bytes(const Context& context) {
  return TreeReader(context.memory.bytes(), context.kho.root, RootTreePage::kBytes).blob().size();
}

Outcome mark_finalized(Context& context) {
  context.kho.finalized = true;
  context.record({.kind = KhoRecord::finalized,
                  .values = {preserved_pages(context.memory, context.kho.tracker),
                             context.kho.root.value, root_bytes(context), 0}});
  return sim::done();
}

Outcome show_root_tree(Context& context) {
  const std::int64_t error = add_blob(context, "fdt", context.kho.root);
  return error == 0 ? sim::done() : sim::fail(error);
}

Outcome show_root_tree_if_possible(Context& context) {
  add_blob(context, "fdt", context.kho.root);
  return sim::done();
}

Outcome abort_what_was_done(Context& /*context*/) {
  return sim::call(kAbortClients);
}

Outcome abort_for_certain(Context& /*context*/) {
  return sim::call(kAbortClients, {.values = {1, 0, 0, 0}});
}

Outcome remove_blobs(Context& context) {
  remove_all_blobs(context);
  return sim::done();
}

Outcome let_clients_unpreserve(Context& context) {
  context.kho.open = true;
  return sim::done();
}

Outcome close_again(Context& context) {
  context.kho.open = false;
  return sim::done();
}

Outcome unpreserve_root_page(Context& context) {
  unpreserve_folios(context, memory::page_of(context.kho.root), 0, 1);
  return sim::done();
}

Outcome free_the_tracker_if_it_is_empty(Context& context) {
  if (preserved_pages(context.memory, context.kho.tracker) == 0) free_tracker(context);
  return sim::done();
}

Outcome free_the_tracker(Context& context) {
  free_tracker(context);
  return sim::done();
}

Outcome free_the_map(Context& context) {
  free_map(context);
  return sim::done();
}

Outcome check_that_all_aborted(Context& context) {
  const std::int64_t answer = context.frame().result;
  return answer == 0 ? sim::done() : sim::fail(answer);
}

Outcome mark_aborted(Context& context) {
  context.kho.finalized = false;
  remove_all_blobs(context);
  context.record({.kind = KhoRecord::aborted});
  return sim::done();
}

constexpr sim::Step kFinalizeSteps[] = {
    {"check that KHO is on", sim::step<check_enabled>},
    {"take the KHO lock", sim::step<take_kho_lock>},
    {"check that it is not finalized",
     sim::step<check_not_finalized>,
     {.on_failure = "release the KHO lock"}},
    {"begin the root tree", sim::step<begin_root_tree>, {.on_failure = "abort"}},
    {"preserve the root page", sim::step<preserve_root_page>, {.on_failure = "abort"}},
    {"tell the next client",
     sim::step<tell_next_client_to_finalize>,
     {.on_end = "serialize the map"}},
    {"take its answer",
     sim::step<take_the_answer_to_finalize>,
     {.then = "tell the next client", .on_failure = "abort"}},
    {"serialize the map", sim::step<serialize>, {.on_failure = "abort"}},
    {"close the root tree", sim::step<close_root_tree>, {.on_failure = "abort"}},
    {"mark it finalized", sim::step<mark_finalized>},
    {"show the tree in debugfs",
     sim::step<show_root_tree>,
     {.then = "release the KHO lock", .on_failure = "release the KHO lock"},
     sim::unless(kDebugfsFailureIsIgnored)},
    {"show the tree in debugfs, if possible",
     sim::step<show_root_tree_if_possible>,
     {.then = "release the KHO lock"},
     sim::only_if(kDebugfsFailureIsIgnored)},
    {"abort", sim::step<abort_what_was_done>, {}, sim::unless(kAbortAsksFirst)},
    {"abort", sim::step<abort_for_certain>, {}, sim::only_if(kAbortAsksFirst)},
    {"remove what debugfs shows",
     sim::step<remove_blobs>,
     {},
     sim::only_if(kFailedFinalizeRemovesBlobs)},
    {"release the KHO lock", sim::step<release_kho_lock>},
};

constexpr sim::Step kAbortSteps[] = {
    {"check that KHO is on", sim::step<check_enabled>},
    {"take the KHO lock", sim::step<take_kho_lock>},
    {"check that it is finalized",
     sim::step<check_finalized>,
     {.on_failure = "release the KHO lock"}},
    {"abort, holding the lock", sim::step<call<kAbortLocked>>},
    {"take its answer", sim::step<check_that_all_aborted>, {.on_failure = "release the KHO lock"}},
    {"release the KHO lock", sim::step<release_kho_lock>},
};

constexpr sim::Step kAbortLockedSteps[] = {
    {"abort the clients", sim::step<abort_what_was_done>},
    {"check that all of them did", sim::step<check_that_all_aborted>},
    {"mark it not finalized", sim::step<mark_aborted>},
};

constexpr std::string_view kTellNext = "tell the next client";
constexpr std::string_view kClose = "let them unpreserve no more";

// What is freed before the clients are asked is gone also if one of them refuses.
constexpr sim::Step kAbortClientsSteps[] = {
    {"let the clients unpreserve",
     sim::step<let_clients_unpreserve>,
     {},
     sim::only_if(kAbortKeepsOthersPages)},
    {"free the tracker",
     sim::step<free_the_tracker>,
     {},
     sim::unless(kAbortAsksFirst).and_unless(kAbortKeepsOthersPages)},
    {"unpreserve the root page",
     sim::step<unpreserve_root_page>,
     {},
     sim::unless(kAbortAsksFirst).and_if(kAbortKeepsOthersPages)},
    {"free the serialized map", sim::step<free_the_map>, {}, sim::unless(kAbortAsksFirst)},
    {kTellNext, sim::step<tell_next_client_to_abort>, {.on_end = "free the tracker afterwards"}},
    {"take its answer",
     sim::step<take_the_answer_to_abort>,
     {.on_failure = "go on if the abort is certain"}},
    {"make the abort certain",
     sim::step<make_the_abort_certain>,
     {},
     sim::only_if(kAbortFinishesOnceBegun)},
    {"go to the next", sim::step<pass>, {.then = kTellNext}},
    {"go on if the abort is certain",
     sim::step<go_on_if_it_is_certain>,
     {.then = kTellNext, .on_failure = kClose}},
    {"free the tracker afterwards",
     sim::step<free_the_tracker>,
     {},
     sim::only_if(kAbortAsksFirst).and_unless(kAbortKeepsOthersPages)},
    {"unpreserve the root page afterwards",
     sim::step<unpreserve_root_page>,
     {},
     sim::only_if(kAbortAsksFirst).and_if(kAbortKeepsOthersPages)},
    {"free the serialized map afterwards",
     sim::step<free_the_map>,
     {},
     sim::only_if(kAbortAsksFirst)},
    {"free the tracker if nothing is left",
     sim::step<free_the_tracker_if_it_is_empty>,
     {},
     sim::only_if(kAbortKeepsOthersPages)},
    {kClose, sim::step<close_again>, {}, sim::only_if(kAbortKeepsOthersPages)},
};

constexpr sim::Step kSerializeAnewSteps[] = {
    {"write the map once more", sim::step<serialize_anew>}};

constexpr sim::Program kFinalizeProgram{
    "kho.finalize", "builds the root tree, asks the clients to prepare, and closes the tree",
    kFinalizeSteps};
constexpr sim::Program kAbortProgram{"kho.abort", "takes a finalized handover back", kAbortSteps};
constexpr sim::Program kAbortClientsProgram{
    "kho.abort_clients", "drops what is preserved and tells every client", kAbortClientsSteps};

constexpr sim::Program kAbortLockedProgram{
    "kho.abort_locked", "takes a finalized handover back, for who holds the KHO lock",
    kAbortLockedSteps};
constexpr sim::Program kSerializeAnewProgram{
    "kho.serialize_anew", "writes the map of preserved memory once more, for a late snapshot",
    kSerializeAnewSteps};

constexpr const sim::Program* kPrograms[] = {&kFinalizeProgram, &kAbortProgram,
                                             &kAbortLockedProgram, &kAbortClientsProgram,
                                             &kSerializeAnewProgram};

}  // namespace

std::span<const sim::Program* const> programs() {
  return kPrograms;
}

}  // namespace luosim::kho
