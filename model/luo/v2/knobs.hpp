// SPDX-License-Identifier: Apache-2.0
//
// Where a corrected RFC v2 differs from the posted one, and where a designer may choose. Bug
// numbers are those of luo-v2-bugs.md; docs/knobs.md has a page of them.
#pragma once

#include "sim/core/knob.hpp"

namespace luosim::luo::v2 {

using sim::kCorrectionWords;
using sim::Knob;

// Freeze fails.
inline constexpr Knob kAbortKhoOnFailedFreeze{
    "abort_kho_on_failed_freeze",
    "A failed freeze aborts KHO, as a cancel does, so that the phase and KHO agree again, nothing "
    "is handed over by a later kexec, and what participants free is no longer preserved.",
    kCorrectionWords};
inline constexpr Knob kCancelWhoIsPrepared{
    "cancel_who_is_prepared",
    "LUO remembers who is prepared: a failed freeze cancels all of them, the one that failed and "
    "those behind it included, and a cancel calls nobody twice.",
    kCorrectionWords};

inline constexpr std::string_view kAfterFailedFreezeWords[] = {"normal", "prepared"};
inline constexpr std::uint8_t kStayPrepared = 1;
inline constexpr Knob kAfterFailedFreeze{
    "after_failed_freeze",
    "normal: a failed freeze cancels the update. prepared: nobody is cancelled, the update stays "
    "prepared and can be frozen again or cancelled; those that had frozen are not thawed, for v2 "
    "has no such callback.",
    kAfterFailedFreezeWords};

inline constexpr std::string_view kRollbackOrderWords[] = {"forward", "reverse"};
inline constexpr std::uint8_t kReverse = 1;
inline constexpr Knob kRollbackOrder{
    "rollback_order",
    "forward: cancel goes through files and then subsystems in the order in which they were "
    "prepared. reverse: in the opposite order, subsystems first, so that nobody is cancelled "
    "before those that may depend on it.",
    kRollbackOrderWords};

inline constexpr Knob kFinishOrder{
    "finish_order",
    "forward: finish goes through files in the order in which they were preserved. reverse: in the "
    "opposite order, so that a device that nobody took back is stopped before its address space "
    "goes, and that before the memory mapped into it.",
    kRollbackOrderWords};

// Prepare, finish.
inline constexpr Knob kFailedPrepareFreesTree{
    "failed_prepare_frees_the_tree",
    "A prepare that fails in a callback frees the 1 MiB buffer of the tree and forgets it.",
    kCorrectionWords};
inline constexpr Knob kPrepareStartsFromZero{
    "prepare_starts_from_zero",
    "Every prepare callback is entered with a zero word, whatever an earlier update left.",
    kCorrectionWords};
inline constexpr Knob kFinishFreesIncoming{
    "finish_frees_what_was_handed_over",
    "Finish gives the handed-over tree back and forgets the records of its files.",
    kCorrectionWords};
inline constexpr Knob kFinishSkipsMissing{
    "finish_skips_missing_subsystems",
    "A subsystem without a word in the handed-over tree gets no finish, instead of a panic.",
    kCorrectionWords};

// Files.
inline constexpr Knob kUnpreserveDropsReference{
    "unpreserve_drops_the_reference", "FD_UNPRESERVE drops the reference that FD_PRESERVE took.",
    kCorrectionWords};
inline constexpr Knob kOneTokenAFile{"one_token_a_file",
                                     "FD_PRESERVE refuses a file that has a token already: EEXIST.",
                                     kCorrectionWords};
inline constexpr Knob kPreserveNeedsKho{
    "preserve_needs_kho", "FD_PRESERVE answers EOPNOTSUPP where KHO is off.", kCorrectionWords};
inline constexpr Knob kFailedRetrieveCanBeRetried{"failed_retrieve_can_be_retried",
                                                  "A retrieve that fails leaves the file as it was "
                                                  "handed over, to be tried again; finish is told "
                                                  "that nobody took it.",
                                                  kCorrectionWords};
inline constexpr Knob kPositiveRetrieveFails{
    "positive_retrieve_fails",
    "A retrieve that answers with a positive number brought no file: EIO.", kCorrectionWords};
inline constexpr Knob kClaimAtOnce{"claim_tokens_at_once",
                                   "FD_RESTORE tests and sets the mark of a token in one step, so "
                                   "that of two at the same time one "
                                   "is refused.",
                                   kCorrectionWords};
inline constexpr Knob kListIsPublishedLast{"publish_the_list_last",
                                           "The list of incoming files is marked as built after "
                                           "its entries are visible (a release store), "
                                           "also on processors that reorder stores.",
                                           kCorrectionWords};

inline constexpr std::string_view kMissingHandlerWords[] = {"panic", "skip", "refuse"};
inline constexpr std::uint8_t kPanic = 0;
inline constexpr std::uint8_t kRefuse = 2;
inline constexpr Knob kMissingHandler{
    "missing_handler",
    "What happens to a file whose handler the next kernel lacks. panic: building the incoming list "
    "panics. skip: only that file cannot be restored (ENODEV) until its handler registers. refuse: "
    "as skip, and FD_PRESERVE refuses a file that the next image announces no handler for.",
    kMissingHandlerWords};

inline constexpr std::string_view kRestoredFilesWords[] = {"borrowed", "held"};
inline constexpr std::uint8_t kHeld = 1;
inline constexpr Knob kRestoredFiles{
    "restored_files",
    "borrowed: LUO remembers a restored file without a reference of its own, so that who closes it "
    "before finish takes it away from the update that it is still part of: a device is reset. "
    "held: FD_RESTORE takes a reference, which finish drops.",
    kRestoredFilesWords};

// Registration.
inline constexpr Knob kReservedNamesAreRefused{
    "reserved_names_are_refused",
    "A subsystem may not be called `compatible`, which the tree needs for itself: EINVAL.",
    kCorrectionWords};
inline constexpr Knob kUnregisterChecksMembership{
    "unregister_checks_membership",
    "Unregistering a handler that is not registered answers ENOENT.", kCorrectionWords};
inline constexpr Knob kHandlersInUseStay{
    "handlers_in_use_stay",
    "A handler that a preserved or incoming file uses cannot unregister: EBUSY.", kCorrectionWords};
inline constexpr Knob kCallbacksMayNotRegister{
    "callbacks_may_not_register",
    "Registration called from inside of a transition's callback answers EDEADLK instead of waiting "
    "for ever for the lock that its own task holds.",
    kCorrectionWords};

// The interface.
inline constexpr Knob kLiveupdateOffIsOff{
    "liveupdate_off_is_off",
    "Without liveupdate=on LUO takes no part in KHO, takes nothing over, and its ioctls answer "
    "EOPNOTSUPP.",
    kCorrectionWords};
inline constexpr Knob kRebootRefusesUnfinished{
    "reboot_refuses_unfinished_update", "A kexec from updated, before finish, is refused: EBUSY.",
    kCorrectionWords};
inline constexpr Knob kRebootStopsPrepare{
    "reboot_stops_prepare",
    "Once the reboot hook has let a reboot pass, prepare and the cancel of what is frozen answer "
    "EINVAL until that reboot has failed, so that nothing changes while devices shut down.",
    kCorrectionWords};
inline constexpr Knob kRebootWaitsForKho{
    "reboot_waits_for_kho",
    "The reboot hook looks at the phase and freezes with KHO's lock, so that a prepare or a cancel "
    "that has begun is over for KHO, too, and not only for the phase. With `reboot_stops_prepare` "
    "it keeps the lock until the jump, or until the reboot has failed.",
    kCorrectionWords};
inline constexpr Knob kCheckNextImage{
    "check_the_next_image",
    "The reboot hook refuses an image that cannot take over what is prepared: without KHO or live "
    "update on its command line, with another compatible string, or without a participant.",
    kCorrectionWords};
inline constexpr Knob kReadPhaseUnderLock{
    "read_the_phase_under_its_lock", "GET_STATE and sysfs wait for a transition that is under way.",
    kCorrectionWords};

}  // namespace luosim::luo::v2
