/*
 * Every message of the module, one number an event. A number keeps its meaning for ever and is
 * never given to another event; docs and operators' filters go by it. `AH` numbers are httpd's own.
 */
#ifndef MOD_TOKEX_MESSAGES_H
#define MOD_TOKEX_MESSAGES_H

/* Start and configuration test. */
#define TX_CHECK_MASTER_KEY "TX00001: "    /* the master key cannot be used */
#define TX_CHECK_DATABASE "TX00002: "      /* a database cannot be used */
#define TX_CHECK_CONFIGURATION "TX00003: " /* the configuration cannot be served */
#define TX_CHECK_FAULT "TX00004: "         /* one fault in it */
#define TX_CHECK_AUDIT_LOG "TX00005: "     /* the audit log's directory is missing */
#define TX_CHECK_CRYPT "TX00006: "         /* OpenSSL has not got what is needed */
#define TX_AUDIT_OPEN "TX00007: "          /* the audit log cannot be opened */
#define TX_CHECK_LAST_GOOD "TX00008: "     /* a restart goes on with what could be served last */
#define TX_CHECK_FETCHING "TX00009: " /* what fetching needs is missing or contradicts itself */
#define TX_LOCATION_CHECK "TX00010: " /* a protected location cannot work as it is written */

/* A child begins, and goes with the configuration. */
#define TX_CHILD_LOAD "TX00020: "       /* the child has nothing that it could serve */
#define TX_CHILD_SETTINGS "TX00021: "   /* the settings in force could not be written */
#define TX_LIVE_SERVED "TX00022: "      /* a changed configuration is served */
#define TX_LIVE_KEPT "TX00023: "        /* it cannot be; the one before goes on */
#define TX_LAST_GOOD_SERVED "TX00024: " /* a child begins with the last one that could be */
#define TX_LAST_GOOD_SAVE "TX00025: "   /* which could not be saved */
#define TX_WATCH "TX00026: "            /* changes cannot be watched for */

/* Requests. */
#define TX_REFUSED "TX00040: "        /* an exchange was refused */
#define TX_REFUSED_UNSAID "TX00041: " /* how many more were refused without a line */
#define TX_TRACE "TX00042: "          /* what each step decided */
#define TX_NOT_FOUND "TX00043: "      /* no endpoint at that address */
#define TX_NOT_CONFIGURED "TX00044: " /* the handler stands where TokexIssuer does not */
#define TX_NOT_LOADED "TX00045: "     /* a document was asked for that this child has not got */
#define TX_AUDIT_WRITE "TX00046: "    /* an audit line was lost */
#define TX_RANDOM "TX00047: "         /* no receipt could be made */

/* Protected locations. */
#define TX_LOCATION "TX00110: "     /* a location lets nobody in because a setting is missing */
#define TX_HEADERS_LONG "TX00111: " /* what the backend should be told is more than it takes */
#define TX_HEADERS_SAME "TX00112: " /* both tokens would be in one header */
#define TX_TRAILERS "TX00113: "     /* trailers would become headers behind our back */

/* What is remembered of them. */
#define TX_CACHE_START "TX00120: "   /* what TokexCache names cannot be used */
#define TX_CACHE_NONE "TX00121: "    /* nothing is remembered though nobody said so */
#define TX_MUTEX "TX00122: "         /* a mutex cannot be opened in a child */
#define TX_CACHE_CLAIMS "TX00123: "  /* processes cannot agree on who decides */
#define TX_CACHE_REMOTE "TX00124: "  /* the remote store cannot be used; or can again */
#define TX_CACHE_KEY "TX00125: "     /* a decision cannot be remembered */
#define TX_CACHE_DROPPED "TX00126: " /* the backend said 401, so a decision is forgotten */
/* Who may pass them. */
#define TX_REQUIRE_DENIED "TX00140: "   /* a Require does not let a good token pass */
#define TX_REQUIRE_STRANGER "TX00141: " /* a Require stands where no token is exchanged */
#define TX_RESOURCE "TX00142: "         /* metadata of a resource cannot be made */

/* What was decided, in state.db. */
#define TX_ACTIVITY "TX00160: "  /* it cannot be recorded; or can again */
#define TX_STATE_OLD "TX00161: " /* what is out of date in state.db cannot be taken away */

/* What is taken back. */
#define TX_REVOCATIONS "TX00180: " /* it cannot be seen in this process; or can again */

/* Counting. */
#define TX_COUNTERS "TX00060: "     /* there is no memory to count in */
#define TX_METRICS_NONE "TX00061: " /* the counts were asked for where nothing is counted */

/* Keys of issuers. */
#define TX_KEYS_FETCHED "TX00080: "   /* new keys came, or they come again */
#define TX_KEYS_FAILED "TX00081: "    /* they did not; once until they do */
#define TX_KEYS_WITHDRAWN "TX00082: " /* an issuer that had keys says that it has none */
#define TX_KEYS_MOVED "TX00083: "     /* metadata names keys on another host */
#define TX_KEYS_LEFT_OUT "TX00084: "  /* a key of a set cannot be used */
#define TX_KEYS_SAVE "TX00085: "      /* what was fetched cannot be kept for others; or can again */
#define TX_KEYS_READ "TX00086: "      /* what others fetched cannot be read; or can again */
#define TX_KEYS_CLAIMS "TX00087: "    /* processes cannot agree on who asks */
#define TX_SINGLETON "TX00088: "      /* nobody does what one process does for all */

/* What issuers say of tokens. */
#define TX_ASK_FAILED "TX00092: " /* one does not, or not as it should; once until it does */
#define TX_ASK_AGAIN "TX00093: "  /* it does again */
#define TX_ASK_NONE "TX00094: "   /* this process cannot ask */

/* Signing keys. */
#define TX_SIGNING_READ "TX00100: " /* those in state.db cannot be read */
#define TX_SIGNING_KEPT "TX00101: " /* others are served than stand there */
#define TX_SIGNING_MADE "TX00102: " /* the schedule has made the next one */
#define TX_SIGNING_GONE "TX00103: " /* a dead one was cleared away */
#define TX_SIGNING_ROLL "TX00104: " /* what the schedule says could not be done */

/* Local accounts. */
#define TX_REFRESH "TX00183: "  /* an exchange went on without a refresh token */
#define TX_ACCOUNTS "TX00182: " /* state.db cannot be followed for them; or can again */
#define TX_ACCOUNT_SOURCE                                                                          \
    "TX00188: " /* where the site keeps them cannot be asked as it is written */

/* Lines of one kind that one process writes in a second; the rest is counted. */
#define TX_LINES_PER_SECOND 10

#endif
