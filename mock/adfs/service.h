/* The routes of AD FS. */
#pragma once

#include "server/call.h"

void adfs_metadata(struct mock_call *call, struct mock_reply *reply);
void adfs_issue_13(struct mock_call *call, struct mock_reply *reply);
void adfs_issue_2005(struct mock_call *call, struct mock_reply *reply);
