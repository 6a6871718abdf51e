/* The story itself, and the other ways of `also`: the same end by a harder way. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "runner/suite.h"

static struct run_story story_of(const struct run_rig *rig, const struct run_result *result)
{
    return (struct run_story){
        .rig = rig, .scenario = result->scenario, .variant = result->variant, .wire = result->wire};
}

/* The failure outlives its story. */
static void keep_reason(struct run_result *result, const struct run_failure *failure,
                        const char *trouble)
{
    struct run_reason *reason;
    struct run_failure *copy;

    if (result->reason_count == RUN_SHOWN_FAILURES) {
        return;
    }
    reason = &result->reasons[result->reason_count++];
    copy = &reason->failure;
    *copy = *failure;
    reason->trouble = arena_strdup(&result->arena, trouble);
    copy->name = arena_strdup(&result->arena, failure->name);
    copy->where = arena_strdup(&result->arena, failure->where);
    copy->expected = arena_strdup(&result->arena, failure->expected);
    copy->found = arena_strdup(&result->arena, failure->found);
    copy->exchanges =
        arena_array(&result->arena, failure->exchange_count + 1, sizeof *copy->exchanges);
    for (size_t i = 0; i < failure->exchange_count; i++) {
        copy->exchanges[i] = arena_strdup(&result->arena, failure->exchanges[i]);
    }
}

static void play_base(const struct run_rig *rig, struct run_result *result)
{
    struct run_story story = story_of(rig, result);

    result->passed = run_story_play(&story);
    if (!result->passed) {
        keep_reason(result, &story.failure, "");
    }
    run_story_finish(&story);
}

static void play_repeat(const struct run_rig *rig, struct run_result *result)
{
    struct run_story story = story_of(rig, result);

    story.trouble = RUN_TWICE;
    result->passed = run_story_play(&story);
    if (!result->passed) {
        keep_reason(result, &story.failure, "every operation run twice");
    }
    run_story_finish(&story);
}

/* The first place in which two texts differ, with a little around it. */
static const char *around(struct arena *arena, const char *text, size_t at)
{
    size_t from = at > 120 ? at - 120 : 0;

    return run_cut(arena, arena_printf(arena, "%s%s", from > 0 ? "..." : "", text + from), 400);
}

static bool same_end(struct run_story *story, const char *known)
{
    size_t at = 0;

    if (strcmp(story->end, known) == 0) {
        return true;
    }
    while (story->end[at] != '\0' && story->end[at] == known[at]) {
        at++;
    }
    return run_fail(story, "the directory at the end", around(&story->arena, known, at),
                    around(&story->arena, story->end, at));
}

static const char *phase_name(enum crmsync_commit_phase phase)
{
    switch (phase) {
    case CRMSYNC_COMMIT_BEFORE:
        return "before it";
    case CRMSYNC_COMMIT_AT:
        return "at it";
    case CRMSYNC_COMMIT_AFTER:
        return "after its request was answered";
    }
    return "";
}

/* Plays the story with trouble at one point, and judges its end against the undisturbed one. */
static void play_point(struct run_result *result, const struct run_story *known, size_t count,
                       size_t at, const struct run_fault_class *fault)
{
    struct run_story story = story_of(known->rig, result);
    char trouble[160];
    bool good;

    story.trouble = fault != NULL ? RUN_FAULT_ON_REQUEST : RUN_DEATH;
    story.at = at;
    story.fault = fault;
    story.known_outcomes = known->outcomes;
    story.want_end = true;
    good = run_story_play(&story) && same_end(&story, known->end);
    result->points += fault != NULL ? run_carrier_applied(story.carrier) : story.died;
    if (!good) {
        if (fault != NULL) {
            (void)snprintf(trouble, sizeof trouble, "request %zu of %zu with the fault \"%s\"",
                           at + 1, count, fault->name);
        } else {
            (void)snprintf(trouble, sizeof trouble, "killed at commit call %zu of %zu, %s", at + 1,
                           count, phase_name(story.phase));
        }
        keep_reason(result, &story.failure, trouble);
        result->failed_points++;
        result->passed = false;
    }
    run_story_finish(&story);
}

static void play_points(const struct run_rig *rig, struct run_result *result)
{
    struct run_story known = story_of(rig, result);

    known.want_end = true;
    result->passed = run_story_play(&known);
    if (!result->passed) {
        keep_reason(result, &known.failure, "without any trouble, to count the points");
    } else if (result->variant == RUN_INTERRUPT) {
        for (size_t at = 0; at < known.commits; at++) {
            play_point(result, &known, known.commits, at, NULL);
        }
    } else {
        size_t count = run_carrier_count(known.carrier);

        for (size_t at = 0; at < count; at++) {
            for (size_t fault = 0; fault < run_fault_class_count; fault++) {
                play_point(result, &known, count, at, &run_fault_classes[fault]);
            }
        }
    }
    run_story_finish(&known);
}

void run_case(const struct run_rig *rig, struct run_result *result)
{
    int64_t begun_us = clock_steady_us();

    switch (result->variant) {
    case RUN_BASE:
        play_base(rig, result);
        break;
    case RUN_REPEAT:
        play_repeat(rig, result);
        break;
    case RUN_INTERRUPT:
    case RUN_FAULTS:
        play_points(rig, result);
        break;
    }
    result->duration_us = clock_steady_us() - begun_us;
}
