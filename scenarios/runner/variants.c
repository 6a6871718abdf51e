/* The story itself, and the other ways of `also`: the same end by a harder way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "runner/branch.h"
#include "runner/parcel.h"
#include "runner/suite.h"

static struct run_story story_of(const struct run_rig *rig, const struct run_result *result)
{
    return (struct run_story){
        .rig = rig, .scenario = result->scenario, .variant = result->variant, .wire = result->wire};
}

/* The failure outlives its story. */
void run_keep_reason(struct run_result *result, const struct run_failure *failure,
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
        run_keep_reason(result, &story.failure, "");
    }
    run_story_finish(&story);
}

static void play_repeat(const struct run_rig *rig, struct run_result *result)
{
    struct run_story story = story_of(rig, result);

    story.trouble = RUN_TWICE;
    result->passed = run_story_play(&story);
    if (!result->passed) {
        run_keep_reason(result, &story.failure, "every operation run twice");
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

/* All points of a variant, and the undisturbed play that tells how many there are. */
struct points {
    struct run_result *result;
    struct run_story known;
    size_t count;
    size_t met; /* in the play off which the others branch */
    /* In a branch: where its trouble came, and where it tells of it. */
    bool branched;
    size_t at;
    const struct run_fault_class *fault;
    struct run_branch trunk;
};

static const char *trouble_name(struct arena *arena, const struct points *points, size_t at,
                                const struct run_fault_class *fault)
{
    return fault != NULL
               ? arena_printf(arena, "request %zu of %zu with the fault \"%s\"", at + 1,
                              points->count, fault->name)
               : arena_printf(arena, "killed at commit call %zu of %zu", at + 1, points->count);
}

/* Judges a play with trouble at one point by the undisturbed one. */
static void judge(const struct points *points, struct run_story *story, bool played, size_t at,
                  const struct run_fault_class *fault, struct run_result *ret)
{
    bool good = played && same_end(story, points->known.end);

    ret->points += fault != NULL ? run_carrier_applied(story->carrier) : story->died;
    if (!good) {
        const char *trouble = trouble_name(&story->arena, points, at, fault);

        if (fault == NULL) {
            trouble = arena_printf(&story->arena, "%s, %s", trouble, phase_name(story->phase));
        }
        run_keep_reason(ret, &story->failure, trouble);
        ret->failed_points++;
        ret->passed = false;
    }
}

static struct run_story troubled_story(const struct points *points)
{
    struct run_story story = story_of(points->known.rig, points->result);

    story.trouble = points->result->variant == RUN_FAULTS ? RUN_FAULT_ON_REQUEST : RUN_DEATH;
    story.known_outcomes = points->known.outcomes;
    story.want_end = true;
    return story;
}

/* From its beginning. */
static void play_point(const struct points *points, size_t at, const struct run_fault_class *fault)
{
    struct run_story story = troubled_story(points);

    story.at = at;
    story.fault = fault;
    judge(points, &story, run_story_play(&story), at, fault, points->result);
    run_story_finish(&story);
}

void run_lose(struct run_result *result, const char *trouble, const char *why)
{
    AUTO(arena) arena = {0};
    const struct run_failure failure = {
        .failed = true, .found = arena_printf(&arena, "the process that played it %s", why)};

    run_keep_reason(result, &failure, trouble);
    result->passed = false;
}

/* What a branch tells of its point. */
static void hear(const struct points *points, struct run_branch *branch, size_t at,
                 const struct run_fault_class *fault)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) heard = STRBUF(0);
    struct run_result *result = points->result;
    char why[64] = "told nothing that can be read";
    bool good =
        run_branch_hear(branch, &heard) && run_parcel_open(strbuf_text(&heard), heard.len, result);

    if (!run_branch_end(branch, why, sizeof why) || !good) {
        run_lose(result, trouble_name(&arena, points, at, fault), why);
        result->failed_points++;
    }
}

/* Whether this process is the one in which the trouble comes here. */
static bool branches(struct points *points, size_t at, const struct run_fault_class *fault)
{
    struct run_branch branch;

    switch (run_branch_off(&branch)) {
    case RUN_BRANCH:
        points->branched = true;
        points->trunk = branch;
        points->at = at;
        points->fault = fault;
        return true;
    case RUN_TRUNK:
        hear(points, &branch, at, fault);
        break;
    case RUN_NO_BRANCH:
        play_point(points, at, fault);
        break;
    }
    return false;
}

static bool choose(void *arg, size_t at, const struct run_fault_class **ret)
{
    struct points *points = arg;

    points->met++;
    if (at >= points->count) {
        return false; /* there were fewer the first time: that is judged at the end */
    }
    if (points->result->variant == RUN_INTERRUPT) {
        return branches(points, at, NULL);
    }
    for (size_t i = 0; i < run_fault_class_count; i++) {
        if (branches(points, at, &run_fault_classes[i])) {
            *ret = &run_fault_classes[i];
            return true;
        }
    }
    return false;
}

/* The end of a process that branched off: tells what came of its play. */
static _Noreturn void end_branch(const struct points *points, struct run_story *story, bool played)
{
    AUTO(strbuf) said = STRBUF(0);
    struct run_result result = {.passed = true};

    judge(points, story, played, points->at, points->fault, &result);
    run_parcel_pack(&result, &said);
    run_story_finish(story);
    _exit(run_branch_say(&points->trunk, said.data, said.len) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* One play without trouble, off which at each point a play with trouble branches. */
static void play_branching(struct points *points)
{
    struct run_story story = troubled_story(points);
    struct run_result *result = points->result;
    bool played;

    story.choose = choose;
    story.choose_arg = points;
    played = run_story_play(&story);
    if (points->branched) {
        end_branch(points, &story, played);
    }
    played = played && same_end(&story, points->known.end);
    if (played && points->met != points->count) {
        played = run_failf(&story, "%zu points the first time, %zu the second", points->count,
                           points->met);
    }
    if (!played) {
        run_keep_reason(result, &story.failure, "without any trouble, once more");
        result->passed = false;
    }
    run_story_finish(&story);
}

static void play_each(const struct points *points)
{
    for (size_t at = 0; at < points->count; at++) {
        if (points->result->variant == RUN_INTERRUPT) {
            play_point(points, at, NULL);
            continue;
        }
        for (size_t i = 0; i < run_fault_class_count; i++) {
            play_point(points, at, &run_fault_classes[i]);
        }
    }
}

static void play_points(const struct run_rig *rig, struct run_result *result)
{
    struct points points = {.result = result, .known = story_of(rig, result)};
    struct run_story *known = &points.known;

    known->want_end = true;
    result->passed = run_story_play(known);
    points.count =
        result->variant == RUN_INTERRUPT ? known->commits : run_carrier_count(known->carrier);
    if (!result->passed) {
        run_keep_reason(result, &known->failure, "without any trouble, to count the points");
    } else if (rig->replay || result->wire) {
        play_each(&points);
    } else {
        play_branching(&points);
    }
    run_story_finish(known);
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
