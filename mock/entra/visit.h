/*
 * A person at the pages: signs in, shows a second factor, consents. The pages carry the parameters
 * of the request along, so that every form is the request again. Source: entra-authorize.
 */
#pragma once

#include "entra/grant.h"
#include "entra/session.h"

struct entra_visit {
    struct mock_call *call;
    struct mock_reply *reply;
    struct uri_params params; /* of the query, or of the form that was posted */
    struct entra_grant grant; /* its `page` is set */
    const cJSON *application;
    struct entra_session session;

    /* What the request asks for. */
    const char *hint;  /* the sign-in name that stands in the form; NULL: none */
    bool silent;       /* no page may be shown */
    bool fresh;        /* a sign-in of before does not count */
    bool ask_consent;  /* also when it was given before */
    bool everything;   /* all that the manifest lists, of every API */
    bool for_everyone; /* an administrator consents for the whole tenant */
    bool accepts;      /* the person has said so already: no page asks */
};

enum entra_step {
    ENTRA_STEP_DONE,
    ENTRA_STEP_SHOWN,     /* the answer is a page */
    ENTRA_STEP_REFUSED,   /* grant.refused says why; there is no answer yet */
    ENTRA_STEP_CANCELLED, /* by the person */
};

/* Reads the parameters. False: they are malformed, and the answer says so. */
bool entra_visit_begin(struct entra_visit *visit);
/* A parameter; NULL when it is missing or empty. */
const char *entra_visit_param(const struct entra_visit *visit, const char *name);
/* Signs in; then grant.user is known. */
enum entra_step entra_visit_sign_in(struct entra_visit *visit);
/* Sees that what grant asks for is consented to by that user. */
enum entra_step entra_visit_consent(struct entra_visit *visit);
/* The head of a form of the page: what it carries along. */
void entra_visit_form(const struct entra_visit *visit, struct strbuf *page);
/* Whether one of the pages' own forms came back with that button. */
bool entra_visit_pressed(const struct entra_visit *visit, const char *button);
/* The same, from a page that was shown to this very session. */
bool entra_visit_sure(const struct entra_visit *visit, const char *button);
