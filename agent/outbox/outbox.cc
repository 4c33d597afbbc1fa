#include "agent/outbox/outbox.h"
