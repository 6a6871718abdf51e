/* The control API under `/_mock`: contract section 4. */
#pragma once

#include "server/exchange.h"
#include "server/service.h"
#include "server/world.h"

/*
 * Answers a control call; it takes the world's lock where it needs it. Not in the journal. A target
 * with a broken escape or %00 is refused.
 */
void mock_control(struct mock_world *world, struct mock_exchange *exchange, bool good_target);

struct mock_fault;

/* Whether there is an action "actor/action" that takes such parameters; ERR_CONFIG and a pointer.
 */
bool control_act_check(const char *path, const cJSON *with, struct err *err);
/*
 * Does the action of a fault rule of that type, in a transaction of its own, before the call is
 * executed; the world is locked. What it answers is kept with the rule.
 */
void control_act(const struct mock_call *call, const struct mock_fault *fault);

/* The control API's own rows, for handlers in the other files of this room. */
void control_journal_get(struct mock_call *call, struct mock_reply *reply);
void control_journal_delete(struct mock_call *call, struct mock_reply *reply);
void control_journal_verify(struct mock_call *call, struct mock_reply *reply);
void control_clock_get(struct mock_call *call, struct mock_reply *reply);
void control_clock_put(struct mock_call *call, struct mock_reply *reply);
void control_faults_get(struct mock_call *call, struct mock_reply *reply);
void control_faults_post(struct mock_call *call, struct mock_reply *reply);
void control_faults_delete(struct mock_call *call, struct mock_reply *reply);
void control_fault_delete(struct mock_call *call, struct mock_reply *reply);
void control_reset(struct mock_call *call, struct mock_reply *reply);
void control_snapshots_get(struct mock_call *call, struct mock_reply *reply);
void control_snapshots_post(struct mock_call *call, struct mock_reply *reply);
void control_snapshot_restore(struct mock_call *call, struct mock_reply *reply);
void control_snapshot_delete(struct mock_call *call, struct mock_reply *reply);
void control_state_list(struct mock_call *call, struct mock_reply *reply);
void control_state_get(struct mock_call *call, struct mock_reply *reply);
void control_actions_get(struct mock_call *call, struct mock_reply *reply);
void control_action_post(struct mock_call *call, struct mock_reply *reply);
void control_worlds_get(struct mock_call *call, struct mock_reply *reply);
void control_worlds_post(struct mock_call *call, struct mock_reply *reply);
void control_world_delete(struct mock_call *call, struct mock_reply *reply);
void control_console(struct mock_call *call, struct mock_reply *reply);

/* {"error": {"code", "message", "pointer"}}; `pointer` may be NULL. */
void control_refuse(struct mock_call *call, struct mock_reply *reply, int status, const char *code,
                    const char *message, const char *pointer);
/* 400 with what *err says. */
void control_bad(struct mock_call *call, struct mock_reply *reply, const struct err *err);
/* For calls that take no body: an empty one or {}; false after it has refused. */
bool control_no_body(struct mock_call *call, struct mock_reply *reply);
/* Reads the body as a JSON object (an empty one is {}); false after it has refused. */
bool control_body(struct mock_call *call, struct mock_reply *reply, cJSON **ret);
/* Refuses query parameters that are not in the list; false after it has refused. */
bool control_params(struct mock_call *call, struct mock_reply *reply, const char *const *names,
                    size_t count);
/* A whole number from the query within bounds, `otherwise` when it is missing; false after it has
 * refused. */
bool control_param_int(struct mock_call *call, struct mock_reply *reply, const char *name,
                       int64_t least, int64_t most, int64_t otherwise, int64_t *ret);
