/* The types that an instance lists. Source: marketo-activities; recorded. */
#include <string.h>

#include "marketo/activities.h"
#include "marketo/marketo.h"

/* clang-format off */
const struct marketo_activity_kind marketo_activity_kinds[] = {
    {1, "Visit Webpage", "User visits a web page", "Webpage ID", "integer", "Client IP Address:string,Query Parameters:string,Referrer URL:string,Search Engine:string,Search Query:string,User Agent:string,Webpage URL:string"},
    {2, "Fill Out Form", "User fills out and submits a form on web page", "Webform ID", "integer", "Client IP Address:string,Form Fields:text,Query Parameters:string,Referrer URL:string,User Agent:string,Webpage ID:integer"},
    {3, "Click Link", "User clicks link on a page", "Link ID", "integer", "Client IP Address:string,Query Parameters:string,Referrer URL:string,User Agent:string,Webpage ID:integer"},
    {6, "Send Email", "Send Marketo Email to a person", "Mailing ID", "integer", "Campaign Run ID:integer,Choice Number:integer,Step ID:integer,Test Variant:integer"},
    {7, "Email Delivered", "Marketo Email is delivered to a person", "Mailing ID", "integer", "Campaign Run ID:integer,Choice Number:integer,Step ID:integer,Test Variant:integer"},
    {8, "Email Bounced", "Marketo Email is bounced for a person", "Mailing ID", "integer", "Campaign Run ID:integer,Category:string,Details:string,Email:string,Subcategory:string"},
    {9, "Unsubscribe Email", "Person unsubscribes from Marketo Emails", "Mailing ID", "integer", "Campaign Run ID:integer"},
    {10, "Open Email", "Person opens a Marketo Email", "Mailing ID", "integer", "Campaign Run ID:integer,Device:string,Is Mobile Device:boolean,Platform:string,User Agent:string"},
    {11, "Click Email", "Person clicks on a link in a Marketo Email", "Mailing ID", "integer", "Campaign Run ID:integer,Device:string,Is Mobile Device:boolean,Link:string,Platform:string,User Agent:string"},
    {12, "New Lead", "New person/record is added to the lead database", NULL, NULL, "Created Date:date,Form Name:string,List Name:string,Source Type:string"},
    {13, "Change Data Value", "Changed attribute value for a person/record", "Attribute Name", "string", "New Value:text,Old Value:text,Reason:string,Request Id:string,Source:string"},
    {22, "Change Score", "Modify the value of a score field", "Score Name", "string", "Change Value:string,New Value:integer,Old Value:integer,Reason:string"},
    {24, "Add to List", "Add a person/record to a list", "List ID", "integer", "Source:string"},
    {25, "Remove from List", "Remove this lead from a list", "List ID", "integer", "Source:string"},
    {27, "Email Bounced Soft", "Campaign Email is bounced soft for a lead", "Mailing ID", "integer", "Campaign Run ID:integer,Category:string,Details:string,Email:string,Subcategory:string"},
    {32, "Merge Leads", "Merge two or more leads/records into a single record", "Lead ID", "integer", "Master Updated:boolean,Merge Fields:text,Merge IDs:string,Merge Source:string,Merged in Sales:boolean"},
    {34, "Add to Opportunity", "Add a lead/record to an opportunity", "Oppty ID", "string", "Is Primary:boolean,Role:string"},
    {35, "Remove from Opportunity", "Remove a lead/record from an opportunity", "Oppty ID", "string", "Is Primary:boolean,Role:string"},
    {36, "Update Opportunity", "Update an opportunity", "Oppty ID", "string", "Attribute Name:string,New Value:string,Old Value:string"},
    {37, "Delete Lead", "Delete lead/record from Marketo database", "Lead ID", "integer", ""},
    {46, "Interesting Moment", "Log an interesting moment", "Date", "datetime", "Description:string,Source:string,Type:string"},
    {104, "Change Status in Progression", "Change the status of a lead in a program", "Program ID", "integer", "Acquired By:boolean,New Status:string,New Status ID:integer,Old Status:string,Old Status ID:integer,Program Member ID:integer,Reason:string,Success:boolean"},
    {145, "Push Lead to Marketo", "Push person to Marketo", "Program ID", "integer", "Reason:string,Source:string"},
    {300, "Sync Lead to Microsoft", "Sync a person to Microsoft Dynamics", NULL, NULL, "Assign To:string,Sync As:string"},
};
/* clang-format on */
const size_t marketo_activity_kind_count = ARRAY_LEN(marketo_activity_kinds);

static void write_attribute(struct json_writer *writer, const char *name, size_t name_len,
                            const char *type, size_t type_len)
{
    jw_object(writer);
    jw_key(writer, "name");
    jw_text_n(writer, name, name_len);
    jw_key(writer, "dataType");
    jw_text_n(writer, type, type_len);
    jw_object_end(writer);
}

static void write_kind(struct json_writer *writer, const struct marketo_activity_kind *kind)
{
    jw_object(writer);
    jw_member_int(writer, "id", kind->id);
    jw_member_text(writer, "name", kind->name);
    jw_member_text(writer, "description", kind->about);
    if (kind->primary != NULL) {
        jw_key(writer, "primaryAttribute");
        write_attribute(writer, kind->primary, strlen(kind->primary), kind->primary_type,
                        strlen(kind->primary_type));
    }
    jw_key(writer, "attributes");
    jw_array(writer);
    for (const char *at = kind->attributes; *at != '\0';) {
        size_t name = strcspn(at, ":"), type = strcspn(at + name + 1, ",");

        write_attribute(writer, at, name, at + name + 1, type);
        at += name + 1 + type;
        at += *at == ',';
    }
    jw_array_end(writer);
    jw_object_end(writer);
}

void marketo_activity_types(struct mock_call *call, struct mock_reply *reply)
{
    struct json_writer writer = marketo_open(call, reply);

    for (size_t i = 0; i < marketo_activity_kind_count; i++) {
        write_kind(&writer, &marketo_activity_kinds[i]);
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}
