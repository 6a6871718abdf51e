/* People: what writing one does beside its row, and what reading one adds to it. */
#pragma once

#include "marketo/activities.h"

struct marketo_change {
    int slot;
    struct marketo_value value;
};

/* A new person with its New Lead activity; returns the id. */
int64_t marketo_person_create(const struct marketo_author *author, const struct marketo_set *set,
                              const struct marketo_change *changes, size_t count);
/* Writes what differs, an activity for each; false when nothing does. */
bool marketo_person_update(const struct marketo_author *author, const struct marketo_set *set,
                           const struct marketo_record *record,
                           const struct marketo_change *changes, size_t count);
void marketo_person_delete(const struct marketo_author *author, const struct marketo_set *set,
                           const struct marketo_record *record);
/* First, middle and last name; NULL when it has none. */
const char *marketo_person_name(struct arena *arena, const struct marketo_set *set,
                                const struct marketo_record *record);
/* A changed company: its people show it, each with an activity unless they are too many. */
void marketo_people_follow(const struct marketo_author *author, const struct marketo_set *companies,
                           const struct marketo_record *before, const struct marketo_record *now);

/* Reads people together with what their companies say. */
struct marketo_reader {
    struct arena *arena;
    struct db *db;
    const struct marketo_set *set, *companies; /* companies: loaded when the first one is met */
    int *company_slots;                        /* by slot of a person: the company's, or none */
};
void marketo_reader_init(struct arena *arena, struct db *db, const struct marketo_set *set,
                         struct marketo_reader *ret);
bool marketo_reader_get(struct marketo_reader *reader, int64_t id, struct marketo_record *ret);
/* What an answer shows for a slot: stored, or computed; raw NULL is null. */
struct marketo_value marketo_reader_value(struct marketo_reader *reader,
                                          const struct marketo_record *record, int slot);
