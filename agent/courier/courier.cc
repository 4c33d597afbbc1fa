#include "agent/courier/courier.h"
