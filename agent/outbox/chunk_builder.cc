#include "agent/outbox/chunk_builder.h"
