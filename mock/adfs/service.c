/* AD FS of the tenant: metadata and WS-Trust. Without a federation there is no such server. */
#include "adfs/service.h"

#include "adfs/actions.h"
#include "adfs/error.h"
#include "adfs/keys.h"
#include "base/auto.h"
#include "server/service.h"
#include "server/services.h"
#include "store/load.h"
#include "store/store.h"

/* clang-format off */
static const struct mock_route routes[] = {
    {HTTP_POST, "/adfs/services/trust/13/usernamemixed", adfs_issue_13, "adfs-trust"},
    {HTTP_POST, "/adfs/services/trust/2005/usernamemixed", adfs_issue_2005, "adfs-trust"},
    {HTTP_GET,  "/adfs/services/trust/mex", adfs_metadata, "adfs-mex"},
};
/* clang-format on */

static void miss(struct mock_call *call, struct mock_reply *reply)
{
    if (call->allowed != 0) {
        adfs_page(reply, 405, "Method Not Allowed");
    } else {
        adfs_page(reply, 404, "Not Found");
    }
}

static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    adfs_page(reply, 503, "Service Unavailable");
    mock_reply_header_set(reply, "Retry-After",
                          arena_printf(call->arena, "%lld", (long long)retry_after_s));
}

static bool admit(struct mock_call *call, struct mock_reply *reply)
{
    if (store_int(call->db, "SELECT 1 FROM federation", DB_NO_ARGS, 0) != 0) {
        return true;
    }
    adfs_page(reply, 404, "Not Found");
    return false;
}

/* The world's rows are the directory's; here it is seen to it that AD FS can sign. */
static bool load(struct world_load *load, struct err *err)
{
    return !cJSON_IsObject(json_get(json_get(load->world, "tenant"), "federation")) ||
           adfs_keys_load(err);
}

const struct mock_service mock_adfs = {
    .name = "adfs",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .fold_case = true,
    .actions = adfs_actions,
    .action_count = ADFS_ACTION_COUNT,
    .load = load,
    .admit = admit,
    .miss = miss,
    .throttle = throttle,
};
