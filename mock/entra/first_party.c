#include "entra/first_party.h"

#include "base/auto.h"
#include "base/str.h"
#include "entra/grant.h"
#include "store/directory.h"

static const char native[] = "https://login.microsoftonline.com/common/oauth2/nativeclient";

static const struct entra_first_party clients[] = {
    {"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI", native},
    {"14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools", native},
    {"51f81489-12ee-4a9e-aaae-a2591f45987d", "Dynamics 365 Example Client Application",
     "app://58145B91-0C36-4500-8554-080854F2AC97"},
};

const struct entra_first_party *entra_first_party_find(const char *app_id)
{
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        if (str_ieq(clients[i].app_id, app_id)) {
            return &clients[i];
        }
    }
    return NULL;
}

cJSON *entra_first_party_document(struct arena *arena, const struct entra_first_party *client)
{
    const char *const uris[] = {"http://localhost", client->redirect_uri};
    cJSON *document = directory_application_new(arena, ENTRA_MICROSOFT_TENANT, client->app_id,
                                                client->name, "microsoft.com", 0);

    cJSON_ReplaceItemInObjectCaseSensitive(document, "signInAudience",
                                           cJSON_CreateString("AzureADMultipleOrgs"));
    cJSON_ReplaceItemInObjectCaseSensitive(document, "isFallbackPublicClient", cJSON_CreateTrue());
    cJSON_ReplaceItemInObjectCaseSensitive(json_get(document, "publicClient"), "redirectUris",
                                           cJSON_CreateStringArray(uris, (int)ARRAY_LEN(uris)));
    return document;
}

bool entra_first_party_may(struct entra_grant *grant)
{
    /* The services themselves have agreed which of Microsoft's clients they take. */
    static const struct {
        const char *client, *resource;
    } agreed[] = {
        {"04b07795-8ddb-461a-bbee-02f9e1bf7b46", DIRECTORY_GRAPH_APP_ID},
        {"04b07795-8ddb-461a-bbee-02f9e1bf7b46", DIRECTORY_DATAVERSE_APP_ID},
        {"14d82eec-204b-4c2f-b7e8-296a70dab67e", DIRECTORY_GRAPH_APP_ID},
        {"51f81489-12ee-4a9e-aaae-a2591f45987d", DIRECTORY_GRAPH_APP_ID},
        {"51f81489-12ee-4a9e-aaae-a2591f45987d", DIRECTORY_DATAVERSE_APP_ID},
    };
    bool microsofts = directory_api_find(grant->resource.app_id) != NULL;

    if (!grant->client.first_party || !microsofts) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(agreed); i++) {
        if (str_ieq(agreed[i].client, grant->client.app_id) &&
            str_ieq(agreed[i].resource, grant->resource.app_id)) {
            return true;
        }
    }
    return entra_grant_refuse(grant, ENTRA_NOT_PREAUTHORIZED);
}
