#include "agent/keys/envelope.h"
