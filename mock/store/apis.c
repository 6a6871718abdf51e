/* Microsoft's own APIs as far as a setup meets them: ids are the same in every tenant. */
#include "base/auto.h"
#include "base/str.h"
#include "store/directory.h"

/* clang-format off */
static const struct directory_permission graph_roles[] = {
    {"9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", "Application.Read.All", "Read all applications", true},
    {"1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Application.ReadWrite.All", "Read and write all applications", true},
    {"18a4783c-866b-4cc7-a460-3d5e5662c884", "Application.ReadWrite.OwnedBy", "Manage apps that this app creates or owns", true},
    {"06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All", "Manage app permission grants and app role assignments", true},
    {"8e8e4742-1d95-4f68-9d56-6ee75648c72a", "DelegatedPermissionGrant.ReadWrite.All", "Manage all delegated permission grants", true},
    {"7ab1d382-f21e-4acd-a863-ba3e13f7da61", "Directory.Read.All", "Read directory data", true},
    {"19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Directory.ReadWrite.All", "Read and write directory data", true},
    {"dbb9058a-0e50-45d7-ae91-66909b5d4664", "Domain.Read.All", "Read domains", true},
    {"498476ce-e0fe-48b0-b801-37ba7e2685c6", "Organization.Read.All", "Read organization information", true},
    {"246dd0d5-5bd0-4def-940b-0421030a5b68", "Policy.Read.All", "Read your organization's policies", true},
    {"be74164b-cff1-491c-8741-e671cb536e13", "Policy.ReadWrite.ApplicationConfiguration", "Read and write your organization's application configuration policies", true},
    {"df021288-bdef-4463-88db-98f22de89214", "User.Read.All", "Read all users' full profiles", true},
    {"741f803b-c850-494e-b5df-cde7c675a1ca", "User.ReadWrite.All", "Read and write all users' full profiles", true},
    {"77f3a031-c388-4f99-b373-dc68676a979e", "User.RevokeSessions.All", "Revoke all sign in sessions for a user", true},
    {"cc117bb9-00cf-4eb8-b580-ea2a878fe8f7", "User-PasswordProfile.ReadWrite.All", "Read and write all password profiles and reset user passwords", true},
};

static const struct directory_permission graph_scopes[] = {
    {"c79f8feb-a9db-4090-85f9-90d820caa0eb", "Application.Read.All", "Read applications", true},
    {"bdfbf15f-ee85-4955-8675-146e8e5296b5", "Application.ReadWrite.All", "Read and write all applications", true},
    {"84bccea3-f856-4a8a-967b-dbe0a3d53a64", "AppRoleAssignment.ReadWrite.All", "Manage app permission grants and app role assignments", true},
    {"41ce6ca6-6826-4807-84f1-1c82854f7ee5", "DelegatedPermissionGrant.ReadWrite.All", "Manage all delegated permission grants", true},
    {"0e263e50-5827-48a4-b97c-d940288653c7", "Directory.AccessAsUser.All", "Access directory as the signed in user", true},
    {"06da0dbc-49e2-44d2-8312-53f166ab848a", "Directory.Read.All", "Read directory data", true},
    {"c5366453-9fb0-48a5-a156-24f0c49a4b84", "Directory.ReadWrite.All", "Read and write directory data", true},
    {"2f9ee017-59c1-4f1d-9472-bd5529a7b311", "Domain.Read.All", "Read domains", true},
    {"4908d5b9-3fb2-4b1e-9336-1888b7937185", "Organization.Read.All", "Read organization information", true},
    {"572fea84-0151-49b2-9301-11cb16974376", "Policy.Read.All", "Read your organization's policies", true},
    {"b27add92-efb2-4f16-84f5-8108ba77985c", "Policy.ReadWrite.ApplicationConfiguration", "Read and write your organization's application configuration policies", true},
    {"e1fe6dd8-ba31-4d61-89e7-88639da4683d", "User.Read", "Sign in and read user profile", false},
    {"a154be20-db9c-4678-8ab7-66f6cc099a59", "User.Read.All", "Read all users' full profiles", true},
    {"204e0828-b5ca-4ad8-b9f3-f32a958e7cc4", "User.ReadWrite.All", "Read and write all users' full profiles", true},
    {"56760768-b641-451f-8906-e1b8ab31bca7", "User-PasswordProfile.ReadWrite.All", "Read and write password profiles and reset user passwords", true},
    {"64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", "email", "View users' email address", false},
    {"7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "offline_access", "Maintain access to data you have given it access to", false},
    {"37f7f235-527c-4136-accd-4a02d197296e", "openid", "Sign users in", false},
    {"14dad69e-099b-42c9-810b-d002981feec1", "profile", "View users' basic profile", false},
};

static const struct directory_permission dataverse_scopes[] = {
    {"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4", "user_impersonation", "Access Common Data Service as organization users", false},
};
/* clang-format on */

const struct directory_api directory_apis[] = {
    {DIRECTORY_GRAPH_APP_ID, "Microsoft Graph", graph_roles, ARRAY_LEN(graph_roles), graph_scopes,
     ARRAY_LEN(graph_scopes)},
    {DIRECTORY_DATAVERSE_APP_ID, "Dataverse", NULL, 0, dataverse_scopes,
     ARRAY_LEN(dataverse_scopes)},
};

const size_t directory_api_count = ARRAY_LEN(directory_apis);

const struct directory_api *directory_api_find(const char *app_id)
{
    for (size_t i = 0; i < directory_api_count; i++) {
        if (str_ieq(directory_apis[i].app_id, app_id)) {
            return &directory_apis[i];
        }
    }
    return NULL;
}
