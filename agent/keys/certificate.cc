#include "agent/keys/certificate.h"
