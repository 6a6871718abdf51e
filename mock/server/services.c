#include "server/services.h"

/* Until Graph's room is there, its paths get a plain 404. */
static void no_graph(struct mock_call *call, struct mock_reply *reply)
{
    (void)call;
    mock_reply_text(reply, 404, "text/plain; charset=utf-8", "Not Found");
}

static const struct mock_service no_graph_yet = {.name = "graph", .miss = no_graph};

const struct mock_service *const mock_services[] = {
    &mock_entra, &mock_adfs, &no_graph_yet, &mock_dataverse, &mock_marketo,
};
const size_t mock_service_count = ARRAY_LEN(mock_services);

const struct mock_service *const mock_service_of[] = {
    [MOCK_ENTRA] = &mock_entra,     [MOCK_ADFS] = &mock_adfs,
    [MOCK_GRAPH] = &no_graph_yet,   [MOCK_DATAVERSE] = &mock_dataverse,
    [MOCK_MARKETO] = &mock_marketo,
};
