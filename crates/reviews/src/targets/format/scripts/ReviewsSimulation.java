// @RATE@ users arrive per second, for @SECONDS@ seconds. Each one sends a request for the next id of
// the list.
//
// Put this file into src/test/java/ and @FEED@ into src/test/resources/ of a Gatling project.
// Run it with mvn gatling:test (Maven) or bin/gatling.sh (bundle). -Dbase=http://api:3000 sets
// another server, -Drate=1000 another rate.
//
// Gatling starts users whether or not earlier users have their answers. A missed assertion fails
// the build.

import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;
import io.gatling.javaapi.http.*;

public class ReviewsSimulation extends Simulation {

  private final String base = System.getProperty("base", "@BASE@");
  private final double rate = Double.parseDouble(System.getProperty("rate", "@RATE@"));

  // in the order of the list; after the last id, the list starts again
  private final FeederBuilder<String> ids = csv("@FEED@").circular();

  private final HttpProtocolBuilder protocol = http.baseUrl(base).shareConnections();

  private final ScenarioBuilder reader =
      scenario("@NAME@")
          .feed(ids)
          .exec(http("@NAME@").httpRequest("@METHOD@", "@PATH@").check(status().between(200, 299)));

  {
    setUp(reader.injectOpen(constantUsersPerSec(rate).during(@SECONDS@)))
        .protocols(protocol)
        .assertions(
            global().responseTime().percentile(99.0).lt(2000),
            global().failedRequests().percent().lt(1.0));
  }
}
