#include "telling.h"

#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "cases.h"
#include "runner/probe.h"

void tellings_load(struct arena *arena, const char *folder, struct run_scenarios *ret,
                   struct run_rig *ret_rig)
{
    const char *path = arena_printf(arena, "%s/../scenarios/%s", SOURCE_FIXTURES, folder);
    struct run_complaints complaints = {.arena = arena};
    struct err err;

    if (!run_load(arena, &path, 1, NULL, ret, &complaints)) {
        fail_msg("%s", complaints.lines[0]);
    }
    *ret_rig = (struct run_rig){.seed = 1};
    if (!run_rig_read(arena, ret_rig, &err)) {
        fail_msg("%s", err.text);
    }
}

void blank_durations(char *journal)
{
    static const char name[] = "\"duration_us\":";
    char *to = journal;
    const char *from = journal;

    while (*from != '\0') {
        if (strncmp(from, name, sizeof name - 1) == 0) {
            memmove(to, from, sizeof name - 1);
            to += sizeof name - 1;
            from += sizeof name - 1;
            from += strcspn(from, ",}");
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

void telling_play(struct telling *telling)
{
    struct run_story *story = &telling->story;

    *story = (struct run_story){.rig = telling->rig,
                                .scenario = telling->scenario,
                                .variant = RUN_BASE,
                                .wire = telling->wire};
    telling->passed = run_story_play(story);
    if (story->mock != NULL) {
        (void)mocktenant_control(story->mock, "GET", "/_mock/journal", NULL, &telling->journal);
        blank_durations(telling->journal);
    }
}

const char *telling_why(const struct telling *telling)
{
    const struct run_failure *failure = &telling->story.failure;

    return telling->passed          ? ""
           : failure->found != NULL ? failure->found
           : failure->name != NULL  ? failure->name
                                    : "it failed";
}

void telling_finish(struct telling *telling)
{
    mocktenant_free(telling->journal);
    telling->journal = NULL;
    run_story_finish(&telling->story);
}

void assert_same_text(const char *name, const char *a, const char *b)
{
    size_t at = 0, from;

    while (a[at] != '\0' && a[at] == b[at]) {
        at++;
    }
    from = at > 200 ? at - 200 : 0;
    if (a[at] != b[at]) {
        fail_msg("%s: from byte %zu:\n%.400s\n---\n%.400s", name, at, a + from, b + from);
    }
}
