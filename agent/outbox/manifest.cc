#include "agent/outbox/manifest.h"
