#include "agent/keys/jws.h"
