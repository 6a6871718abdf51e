#include "server/services.h"

const struct mock_service *const mock_services[] = {
    &mock_entra, &mock_adfs, &mock_graph, &mock_dataverse, &mock_marketo,
};
const size_t mock_service_count = ARRAY_LEN(mock_services);

const struct mock_service *const mock_service_of[] = {
    [MOCK_ENTRA] = &mock_entra,         [MOCK_ADFS] = &mock_adfs,       [MOCK_GRAPH] = &mock_graph,
    [MOCK_DATAVERSE] = &mock_dataverse, [MOCK_MARKETO] = &mock_marketo,
};
