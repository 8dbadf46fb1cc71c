#include "conf.h"

const char *const admin_conf_directory = TOKEX_SYSCONFDIR;
