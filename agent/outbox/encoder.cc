#include "agent/outbox/encoder.h"
