// A constant arrival rate of @RATE@ users a second for @SECONDS@ seconds, each with one request for the next id of the list.
//
// Put this file into src/test/java/ and @FEED@ into src/test/resources/ of a Gatling project (Maven: mvn gatling:test,
// bundle: bin/gatling.sh). -Dbase=http://api:3000 -Drate=1000 change where it goes to and how fast.
//
// Gatling starts users whether or not those before them are answered; a missed assertion fails the build.

import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;
import io.gatling.javaapi.http.*;

public class ReviewsSimulation extends Simulation {

  private final String base = System.getProperty("base", "@BASE@");
  private final double rate = Double.parseDouble(System.getProperty("rate", "@RATE@"));

  // one after the other, from the start again when all were used
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
