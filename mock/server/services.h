/* The list of services: the one place that names them all. */
#pragma once

#include "server/service.h"
#include "server/vhost.h"

extern const struct mock_service mock_entra, mock_adfs, mock_graph, mock_dataverse, mock_marketo;

/* By enum mock_service_id; the control API is not among them. */
extern const struct mock_service *const mock_service_of[];
