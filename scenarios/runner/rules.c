#include "base/auto.h"
#include "runner/scenario.h"

/* Made from scenarios/RULES.md when the program is built. */
static const char *const ids[] = {
#include "rules.inc"
};

const struct run_words run_rules = {
    .of = "the id of a rule of scenarios/RULES.md", .items = ids, .count = ARRAY_LEN(ids)};
